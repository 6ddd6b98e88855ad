using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Http;
using Systemprompt.Secrets;

namespace Systemprompt.Events;

/// <summary>What <see cref="DeliverJob"/> is told.</summary>
internal sealed record DeliverArgs(string Webhook, long Event);

/// <summary>
/// Sends an event to a receiver, signed as Standard Webhooks says (standardwebhooks.com): <c>webhook-id</c>, <c>webhook-timestamp</c>,
/// <c>webhook-signature</c>. 2xx is delivered; 410 stops for good; anything else is tried again.
/// </summary>
internal sealed class DeliverJob(WebhookStore webhooks, EventStore events, ISecrets secrets, WebhookClient client, TimeProvider clock) : Job<DeliverArgs>
{
    public static readonly JobKind<DeliverArgs> Kind = new("events.deliver");

    public override async Task RunAsync(DeliverArgs args, JobContext context, CancellationToken cancellationToken)
    {
        if (await webhooks.FindAsync(args.Webhook, cancellationToken) is not { DisabledAt: null } webhook) throw new JobDiscardException($"webhook '{args.Webhook}' was disabled or deleted");
        var happened = await events.FindAsync(args.Event, cancellationToken) ?? throw new JobDiscardException($"event {args.Event} is not kept any more (events.keep)");
        var key = secrets.Find(WebhookDesk.SecretOf(webhook.Name)) ?? throw new InvalidOperationException($"the key of webhook '{webhook.Name}' cannot be opened; 'admin secrets list' says more");
        using var request = Request(webhook, happened, key);
        using var answer = await TraceAsync(request, cancellationToken);
        await JudgeAsync(webhook, answer, cancellationToken);
    }

    private HttpRequestMessage Request(Webhook webhook, LoggedEvent happened, string key)
    {
        var (id, now) = ($"evt_{happened.Id}", clock.GetUtcNow().ToUnixTimeSeconds());
        var body = $$"""{"type":"{{happened.Kind}}","timestamp":"{{happened.At.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}}","data":{{happened.Data}}}""";
        var signature = Convert.ToBase64String(HMACSHA256.HashData(WebhookDesk.KeyBytes(key), Encoding.UTF8.GetBytes($"{id}.{now}.{body}")));
        var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("webhook-id", id);
        request.Headers.TryAddWithoutValidation("webhook-timestamp", now.ToString());
        request.Headers.TryAddWithoutValidation("webhook-signature", $"v1,{signature}");
        return request;
    }

    private async Task<HttpResponseMessage> TraceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var span = EventsMetrics.Source.Child("deliver webhook", ActivityKind.Client);
        try
        {
            var answer = await SendAsync(request, cancellationToken);
            EventsMetrics.Delivered((int)answer.StatusCode);
            span?.SetTag("http.response.status_code", (int)answer.StatusCode);
            if (!answer.IsSuccessStatusCode) span.Failed($"{(int)answer.StatusCode}");
            return answer;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            EventsMetrics.Delivered(null);
            span.Failed(exception is TimeoutException ? "timeout" : exception is JobDiscardException ? "refused" : "unreachable");
            throw;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await client.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (Exception exception) when (Refused(exception) is { } refused)
        {
            throw new JobDiscardException($"{refused.Message}; events.webhooks.allow_networks names what may be reached besides");
        }
        catch (TaskCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("the receiver did not answer in time (events.webhooks.timeout)", exception);
        }
    }

    private async Task JudgeAsync(Webhook webhook, HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (answer.IsSuccessStatusCode) return;
        if (answer.StatusCode == HttpStatusCode.Gone)
        {
            await webhooks.SetAsync(webhook.Name, enabled: false, "the receiver answered 410 Gone", cancellationToken);
            throw new JobDiscardException("the receiver answered 410 Gone: the webhook is disabled");
        }

        if (answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable && answer.Headers.RetryAfter is { } later)
        {
            var wait = later.Delta ?? later.Date - clock.GetUtcNow() ?? TimeSpan.Zero;
            throw new JobRetryException(wait < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : wait > TimeSpan.FromHours(6) ? TimeSpan.FromHours(6) : wait, $"the receiver answered {(int)answer.StatusCode} with Retry-After");
        }

        throw new InvalidOperationException($"the receiver answered {(int)answer.StatusCode}");
    }

    private static EgressException? Refused(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
            if (exception is EgressException refused) return refused;
        return null;
    }
}

/// <summary>The one client that webhooks leave by.</summary>
internal sealed class WebhookClient(EventsSettings settings) : IDisposable
{
    public HttpClient Http { get; } = EgressGuard.CreateClient(settings.Webhooks.Timeout, [.. settings.Webhooks.AllowNetworks.Select(network => IPNetwork.Parse(network))]);

    public void Dispose() => Http.Dispose();
}
