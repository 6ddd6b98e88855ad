using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net;
using Systemprompt.Profiles;

namespace Systemprompt.Http;

/// <summary>The profile section <c>server</c>.</summary>
public sealed record ServerSettings
{
    /// <summary>Where to listen.</summary>
    [Description("Address to listen on: 127.0.0.1 for this machine only, 0.0.0.0 or :: for every interface.")]
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port; 0 takes a free one.</summary>
    [Description("Port to listen on; 0 takes a free one.")]
    [Range(0, 65535)]
    public int Port { get; init; } = 8080;

    /// <summary>How the outside reaches this server.</summary>
    [Description("How the outside reaches this server, such as https://ai.example.com. With https, answers ask browsers to stay on it (HSTS).")]
    public Uri? ExternalUrl { get; init; }

    /// <summary>Whose forwarding headers are believed.</summary>
    [Description("Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, such as 10.0.0.0/8. Nobody else's are.")]
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    /// <summary>The longest request body.</summary>
    [Description("The longest request body; a longer one is answered 413. Claude Code sends up to 32MB.")]
    public ByteSize MaxBody { get; init; } = ByteSize.Megabytes(33);

    /// <summary>Connections at once.</summary>
    [Description("Connections open at once; further ones are closed at once.")]
    [Range(1, 1_000_000)]
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>How long request headers may take.</summary>
    [Description("How long a client may take to send its request headers.")]
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an idle connection stays open.</summary>
    [Description("How long a connection without a request stays open.")]
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>How long open requests may go on when stopping.</summary>
    [Description("How long open requests and streams may go on after SIGTERM before they are ended.")]
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The policy browsers apply to pages.</summary>
    [Description("Content-Security-Policy of every answer.")]
    public string ContentSecurityPolicy { get; init; } = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; object-src 'none'";

    internal static void Validate(ServerSettings settings, SettingsFaults faults)
    {
        if (settings.Host is not ("localhost" or "*") && !IPAddress.TryParse(settings.Host, out _)) faults.Add("host", $"'{settings.Host}' is no address; use 127.0.0.1, 0.0.0.0, :: or another address of this machine");
        for (var index = 0; index < settings.TrustedProxies.Count; index++)
            if (!IsNetwork(settings.TrustedProxies[index])) faults.Add($"trusted_proxies[{index}]", $"'{settings.TrustedProxies[index]}' is no address or network such as 10.0.0.0/8");
        if (settings.MaxBody.Bytes < 1024) faults.Add("max_body", "must be at least 1KB");
        if (settings.ShutdownTimeout < TimeSpan.Zero || settings.ShutdownTimeout > TimeSpan.FromHours(1)) faults.Add("shutdown_timeout", "must be 0s to 1h");
        if (settings.HeadersTimeout < TimeSpan.FromSeconds(1)) faults.Add("headers_timeout", "must be at least 1s");
        if (settings.KeepAliveTimeout < TimeSpan.FromSeconds(1)) faults.Add("keep_alive_timeout", "must be at least 1s");
    }

    private static bool IsNetwork(string text) => IPAddress.TryParse(text, out _) || IPNetwork.TryParse(text, out _);
}
