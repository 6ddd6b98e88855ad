using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using Systemprompt.Telemetry;

namespace Systemprompt.Integration.Tests.Telemetry;

/// <summary>Every instrument of the product stands in <c>docs/telemetry.md</c>, as it is. UPDATE_BASELINE=1 rewrites the table there.</summary>
public sealed class InstrumentTests
{
    private const string Begin = "<!-- instruments -->\n", End = "<!-- /instruments -->\n";

    [Fact]
    public async Task Every_instrument_is_documented_as_it_is()
    {
        var published = new ConcurrentDictionary<string, Instrument>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name.StartsWith("Systemprompt.", StringComparison.Ordinal)) published.TryAdd(instrument.Name, instrument);
        };
        listener.Start();
        await RunAHostAsync();

        var table = "| instrument | at `/metrics` | kind | what |\n|---|---|---|---|\n" + string.Concat(published.Values
            .OrderBy(instrument => instrument.Name, StringComparer.Ordinal)
            .Select(instrument => new MetricSeries(instrument))
            .Select(series => $"| `{series.Instrument.Name}` | `{PrometheusText.NameOf(series.Instrument.Name, series.Instrument.Unit, series.Kind)}` | {series.Kind.ToString().ToLowerInvariant()} | {series.Instrument.Description} |\n"));
        var file = Path.Combine(Path.GetDirectoryName(Here())!, "../../../docs/telemetry.md");
        var page = await File.ReadAllTextAsync(file);
        var (from, to) = (page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, page.IndexOf(End, StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable("UPDATE_BASELINE") == "1") await File.WriteAllTextAsync(file, page = page[..from] + table + page[to..]);
        page[from..page.IndexOf(End, StringComparison.Ordinal)].ShouldBe(table);
    }

    private static async Task RunAHostAsync()
    {
        await using var database = await DatabaseFixture.CreateEmptyAsync();
        await using var server = new CommandLine(database.Url) { Variables = { ["PORT"] = "0" } }.Server();
        await server.StartAsync(CancellationToken.None);
        await server.Started.WaitAsync(TimeSpan.FromSeconds(60));
        using var alice = server.Client("alice");
        using var answer = await alice.PostAsJsonAsync("v1/messages", new { model = "echo", max_tokens = 8, messages = new[] { new { role = "user", content = "hello" } } });
        answer.EnsureSuccessStatusCode();
        await server.StopAsync();
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
