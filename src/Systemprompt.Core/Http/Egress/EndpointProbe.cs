using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Systemprompt.Extensions;

namespace Systemprompt.Http;

/// <summary>Whether an address can be reached, by name server, connection and TLS, and how its certificate fares. Sends no request.</summary>
internal sealed class EndpointProbe(TimeProvider clock)
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    /// <summary>Of the whole look; shorter than a check may take, so that it can say what it waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <param name="address">An http or https address.</param>
    /// <param name="allowed">Null for an address that the operator chose; else what may be reached besides the public internet.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ProbeAnswer> LookAsync(Uri address, IReadOnlyList<IPNetwork>? allowed, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var place = $"{address.Host}:{address.Port}";
        var step = $"the name {address.Host} was not resolved";
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(address.DnsSafeHost, either.Token);
            if (allowed is not null && Array.Find(addresses, one => !EgressGuard.MayReach(one, allowed)) is not null) return new ProbeAnswer(ProbeFault.NotAllowed, $"{address.Host} is not on the public internet, or not only there");
            step = $"{place} did not accept a connection";
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(addresses, address.Port, either.Token);
            if (address.Scheme != Uri.UriSchemeHttps) return new ProbeAnswer(ProbeFault.None, $"{place} accepts connections");
            step = $"{place} did not finish the TLS handshake";
            return await ShakeHandsAsync(socket, address.Host, place, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ProbeAnswer(ProbeFault.Unreachable, $"{step} within {Patience.TotalSeconds:0} s");
        }
        catch (SocketException exception)
        {
            return new ProbeAnswer(ProbeFault.Unreachable, $"{step}: {exception.SocketErrorCode switch { SocketError.ConnectionRefused => "it was refused", SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "no name server knows it", var code => $"{code}" }}");
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException)
        {
            return new ProbeAnswer(ProbeFault.Unreachable, $"{step}: it speaks no TLS that we do");
        }
    }

    private async Task<ProbeAnswer> ShakeHandsAsync(Socket socket, string host, string place, CancellationToken cancellationToken)
    {
        ProbeAnswer? answer = null;
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        await using var tls = new SslStream(stream);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                answer = Judge(certificate as X509Certificate2, chain, errors, place);
                return answer.Fault is ProbeFault.None or ProbeFault.ExpiresSoon;
            },
        };
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancellationToken);
        }
        catch (AuthenticationException) when (answer is not null)
        {
            // Ours: the answer says what is wrong with the certificate.
        }

        return answer ?? new ProbeAnswer(ProbeFault.Certificate, $"{place} shows no certificate");
    }

    private ProbeAnswer Judge(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors, string place)
    {
        if (certificate is null) return new ProbeAnswer(ProbeFault.Certificate, $"{place} shows no certificate");
        var (now, from, until) = (clock.GetUtcNow(), certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        if (until < now) return new ProbeAnswer(ProbeFault.Expired, $"the certificate of {place} expired on {until:yyyy-MM-dd}");
        if (from > now) return new ProbeAnswer(ProbeFault.Certificate, $"the certificate of {place} is not valid before {from:yyyy-MM-dd}; is this machine's clock right?");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) return new ProbeAnswer(ProbeFault.Certificate, $"the certificate of {place} is for another name");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            return new ProbeAnswer(ProbeFault.Certificate, $"the certificate of {place} is not trusted ({string.Join(", ", chain?.ChainStatus.Select(status => status.Status) ?? [])})");
        return until - now < Soon
            ? new ProbeAnswer(ProbeFault.ExpiresSoon, $"the certificate of {place} expires on {until:yyyy-MM-dd}")
            : new ProbeAnswer(ProbeFault.None, $"{place} accepts connections, its certificate is valid until {until:yyyy-MM-dd}");
    }
}

/// <summary>What a look at an address found.</summary>
internal enum ProbeFault
{
    /// <summary>All is well.</summary>
    None,

    /// <summary>Its certificate expires within two weeks.</summary>
    ExpiresSoon,

    /// <summary>Its certificate has expired.</summary>
    Expired,

    /// <summary>Its certificate is wrong in another way.</summary>
    Certificate,

    /// <summary>The name is unknown, or nobody answers there.</summary>
    Unreachable,

    /// <summary>It lies where a stranger's address may not lead.</summary>
    NotAllowed,
}

/// <summary>What a look found, in words.</summary>
internal sealed record ProbeAnswer(ProbeFault Fault, string Detail)
{
    /// <summary>What to do.</summary>
    public string Remedy => Fault switch
    {
        ProbeFault.ExpiresSoon or ProbeFault.Expired => "renew the certificate at that server",
        ProbeFault.Certificate => "give that server a certificate for its name from an authority this machine trusts, or add the authority to the machine's (SSL_CERT_FILE)",
        ProbeFault.NotAllowed => "use a public address, or name the network in events.webhooks.allow_networks",
        _ => "mend the address in the profile, the name server, or the firewall between",
    };

    /// <summary>Puts it into a doctor's report.</summary>
    /// <param name="call">The report.</param>
    /// <param name="what">What the address is for.</param>
    /// <param name="optional">True when not reaching it now harms nobody: a warning instead of a failure.</param>
    public void Tell(DoctorCall call, string what, bool optional = false)
    {
        if (Fault == ProbeFault.None) call.Ok($"{what}: {Detail}");
        else if (Fault == ProbeFault.ExpiresSoon || (optional && Fault == ProbeFault.Unreachable)) call.Warn($"{what}: {Detail}", Remedy);
        else call.Fail($"{what}: {Detail}", Remedy);
    }
}
