using System.Security.Cryptography;

namespace Systemprompt.TrialKit;

/// <summary>How a published host is started.</summary>
public sealed record HostOptions
{
    /// <summary>The profile, embedded in the file or below <c>profiles/</c> of <see cref="Folder"/>.</summary>
    public string Profile { get; init; } = "production";

    /// <summary>Its working directory. Null makes an empty one, which goes with the host.</summary>
    public string? Folder { get; init; }

    /// <summary>The file to run. Null copies the published one into the working directory.</summary>
    public string? File { get; init; }

    /// <summary>What else stands in its environment, which holds nothing of ours: no .NET, no home.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>A command that starts the file: its words stand before it, such as <c>nsenter …</c>.</summary>
    public IReadOnlyList<string> Launcher { get; init; } = [];

    /// <summary>A secret that signs tokens. Hosts that share it take each other's tokens.</summary>
    public string Secret { get; init; } = NewSecret();

    public static string NewSecret() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));
}
