using System.ComponentModel;

namespace Systemprompt.Hosting;

/// <summary>The profile section <c>storage</c>: where this process may keep files.</summary>
public sealed record StorageSettings
{
    /// <summary>The directory. A relative path counts from the working directory.</summary>
    [Description("Directory for files this process keeps: the embedded PostgreSQL's data, a generated secret, uploaded files, mails of the file transport.")]
    public string Path { get; init; } = "./data";

    /// <summary>The absolute path of something below the directory.</summary>
    public string Resolve(params ReadOnlySpan<string> parts) =>
        System.IO.Path.Combine([System.IO.Path.GetFullPath(Path), .. parts]);
}
