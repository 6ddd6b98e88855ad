using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;
using Systemprompt.Http;

namespace Systemprompt.Events;

/// <summary>What <c>doctor</c> looks at: whether the receivers of webhooks can be reached. Nothing is sent.</summary>
internal static class EventsDoctor
{
    private const int Most = 50;

    public static IReadOnlyList<DoctorCheck> Checks { get; } = [new("webhooks", CheckAsync) { NeedsDatabase = true }];

    private static async Task CheckAsync(DoctorCall call, CancellationToken cancellationToken)
    {
        var settings = call.Services.GetRequiredService<EventsSettings>().Webhooks;
        if (!settings.Enabled)
        {
            call.Ok("nothing is sent (events.webhooks.enabled)");
            return;
        }

        var allowed = settings.AllowNetworks.Select(network => IPNetwork.Parse(network)).ToList();
        var probe = new EndpointProbe(call.Services.GetRequiredService<TimeProvider>());
        var enabled = (await call.Services.GetRequiredService<WebhookStore>().ListAsync(cancellationToken)).Where(webhook => webhook.DisabledAt is null).Take(Most).ToList();
        // A receiver's bad day is its own: deliveries are tried again.
        await Task.WhenAll(enabled.Select(async webhook => (await probe.LookAsync(new Uri(webhook.Url), allowed, cancellationToken)).Tell(call, webhook.Name, optional: true)));
    }
}
