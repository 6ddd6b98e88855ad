namespace Systemprompt.Database.Embedded;

/// <summary>Where the embedded server keeps its files and how it runs.</summary>
internal sealed record EmbeddedOptions
{
    /// <summary>Its directory: the data, the log, the lock.</summary>
    public required string Folder { get; init; }

    /// <summary>Where the binaries are looked for.</summary>
    public required BinarySearch Search { get; init; }

    /// <summary>Settings as <c>name=value</c>, after the usual ones.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Whether the folder goes with the server, however this process ends: for tests. Then the server is not started again either.</summary>
    public bool IsThrowaway { get; init; }

    /// <summary>Where socket directories go when <see cref="Folder"/> is too long for one.</summary>
    public string TempFolder { get; init; } = Path.GetTempPath();

    /// <summary>Where data goes that must be out of root's own directories.</summary>
    public string SharedFolder { get; init; } = "/var/lib/systemprompt";

    /// <summary>How long to wait for somebody else who has the folder.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);
}
