using System.Reflection;

namespace Systemprompt.Hosting;

/// <summary>What this process is. Shown by <c>version</c>, health and the site.</summary>
public sealed record HostInfo
{
    /// <summary>The binary's name, such as <c>myco</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The customer's version, from the host assembly.</summary>
    public required string Version { get; init; }

    /// <summary>The version of the Systemprompt packages inside.</summary>
    public required string CoreVersion { get; init; }

    /// <summary>When the process started.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Tells replicas apart: machine name and process id.</summary>
    public string Instance { get; } = $"{Environment.MachineName}:{Environment.ProcessId}";

    internal static HostInfo Of(Assembly host, TimeProvider clock) => new()
    {
        Name = host.GetName().Name ?? "systemprompt",
        Version = VersionOf(host),
        CoreVersion = VersionOf(typeof(HostInfo).Assembly),
        StartedAt = clock.GetUtcNow(),
    };

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
