using Microsoft.Extensions.Logging;

namespace Systemprompt.Testing;

/// <summary>How a <see cref="TestHost"/> starts.</summary>
public sealed record TestHostOptions
{
    /// <summary>The profile, one of those embedded in the host.</summary>
    public string Profile { get; init; } = "local";

    /// <summary>Variables that the profile finds. It finds no others but <c>DATABASE_URL</c>, <c>STORAGE_PATH</c>, <c>PORT</c> and <c>JWT_SECRET</c>, which are set unless given here.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>What the host writes to the console.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Warning;
}
