using System.Security.Cryptography;

namespace Systemprompt.TrialKit;

/// <summary>How a published host is started.</summary>
public sealed record HostOptions
{
    /// <summary>The profile, embedded in the file or below <c>profiles/</c> of <see cref="Folder"/>.</summary>
    public string Profile { get; init; } = "production";

    /// <summary>Texts written to <c>profiles/NAME/profile.yaml</c> of the working directory before anything runs, by name.</summary>
    public IReadOnlyDictionary<string, string> Profiles { get; init; } = new Dictionary<string, string>();

    /// <summary>Its working directory. Null makes an empty one, which goes with the host.</summary>
    public string? Folder { get; init; }

    /// <summary>The file to run. Null copies the published one into the working directory.</summary>
    public string? File { get; init; }

    /// <summary>A command that starts the file: its words stand before it, such as <c>nsenter …</c>, or <c>dotnet</c> when the file is a dll.</summary>
    public IReadOnlyList<string> Launcher { get; init; } = [];

    /// <summary>The command that serves.</summary>
    public IReadOnlyList<string> Command { get; init; } = ["services", "start", "--foreground"];

    /// <summary>What else stands in its environment, which holds nothing of ours: no .NET, no home. An empty value takes a variable away.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>A secret that signs tokens. Hosts that share it take each other's tokens.</summary>
    public string Secret { get; init; } = NewSecret();

    public static string NewSecret() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));
}
