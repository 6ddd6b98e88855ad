using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;

namespace Systemprompt.Http;

/// <summary>What <c>doctor</c> looks at: the certificate that clients see.</summary>
internal static class HttpDoctor
{
    public static IReadOnlyList<DoctorCheck> Checks { get; } = [new("certificate", CheckAsync)];

    private static async Task CheckAsync(DoctorCall call, CancellationToken cancellationToken)
    {
        if (call.Profile.Section<ServerSettings>().ExternalUrl is not { Scheme: "https" } address)
        {
            call.Ok("server.external_url names no https address");
            return;
        }

        // From inside, the way to one's own front door is often closed.
        var probe = new EndpointProbe(call.Services.GetRequiredService<TimeProvider>());
        (await probe.LookAsync(address, null, cancellationToken)).Tell(call, "server.external_url", optional: true);
    }
}
