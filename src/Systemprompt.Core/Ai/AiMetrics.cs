using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Systemprompt.Ai;

/// <summary>
/// What model calls measure, as OpenTelemetry's conventions for generative AI name it. Never a prompt, an answer or a caller. The model's label is an id
/// that the product or the profile knows, else the profile's pattern: a client could make up any number of others.
/// </summary>
internal static class AiMetrics
{
    public static readonly ActivitySource Source = new("Systemprompt.Ai");

    private static readonly Meter Meter = new("Systemprompt.Ai");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "gen_ai.client.operation.duration", "s", "Model calls, from the request read to the answer settled, by provider, model and error.", null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92] });

    private static readonly Histogram<long> Tokens = Meter.CreateHistogram(
        "gen_ai.client.token.usage", "{token}", "Tokens of model calls, by provider, model and type (input with cache, output).", null,
        new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864] });

    private static readonly Counter<long> Cost = Meter.CreateCounter<long>("systemprompt.ai.cost", "{microdollar}", "What model calls cost, as far as it is known, in microdollars, by provider and model.");
    private static readonly Counter<long> Calls = Meter.CreateCounter<long>("systemprompt.ai.calls", "{call}", "Model calls that ended, by provider, model and status.");

    private static readonly Counter<long> Selections = Meter.CreateCounter<long>("systemprompt.ai.route_selections", "{selection}", "Calls that a route selector was asked about, by selector and result (chosen, unchanged, failed, timed_out, left_alone).");

    public static void Selected(string selector, string result)
    {
        if (Selections.Enabled) Selections.Add(1, new("selector", selector), new KeyValuePair<string, object?>("result", result));
    }

    public static void Settled(ModelCall call, SettledRow row)
    {
        if (Calls.Enabled) Count(call, row);
    }

    /// <summary>Puts a call's end into its span.</summary>
    public static void Describe(Activity? span, ModelCall call)
    {
        if (span is null) return;
        span.SetTag("gen_ai.operation.name", "chat");
        span.SetTag("gen_ai.provider.name", call.Provider!.Name);
        span.SetTag("gen_ai.request.model", ModelLabel(call));
        span.SetTag("gen_ai.request.stream", call.Head.Stream);
        span.SetTag("systemprompt.audit_id", call.IdText);
        if (call.StopReason is { } reason) span.SetTag("gen_ai.response.finish_reasons", reason);
        if (call.UpstreamStatus is { } status) span.SetTag("http.response.status_code", status);
        if (!call.UsageKnown) return;
        span.SetTag("gen_ai.usage.input_tokens", call.Usage.Input + call.Usage.CacheRead + call.Usage.CacheWrite5m + call.Usage.CacheWrite1h);
        span.SetTag("gen_ai.usage.output_tokens", call.Usage.Output);
    }

    public static string ModelLabel(ModelCall call) => call.UpstreamModel is not { } model || call.Provider is not { } provider ? "" : provider.LabelOf(model);

    private static void Count(ModelCall call, SettledRow row)
    {
        var (provider, model) = (new KeyValuePair<string, object?>("gen_ai.provider.name", call.Provider?.Name ?? ""), new KeyValuePair<string, object?>("gen_ai.request.model", ModelLabel(call)));
        Calls.Add(1, provider, model, new("status", row.Status.Word()));
        if (!call.ReachedProvider) return;
        var operation = new KeyValuePair<string, object?>("gen_ai.operation.name", "chat");
        var took = (row.CompletedAt - row.OpenedAt).TotalSeconds;
        if (row.Status == CallStatus.Completed) Duration.Record(took, operation, provider, model);
        else Duration.Record(took, new TagList { operation, provider, model, { "error.type", row.Status.Word() } });
        if (row.Cost is { } cost) Cost.Add(cost, provider, model);
        if (!call.UsageKnown) return;
        Tokens.Record(row.Usage.Input + row.Usage.CacheRead + row.Usage.CacheWrite5m + row.Usage.CacheWrite1h, new TagList { operation, provider, model, { "gen_ai.token.type", "input" } });
        Tokens.Record(row.Usage.Output, new TagList { operation, provider, model, { "gen_ai.token.type", "output" } });
    }
}
