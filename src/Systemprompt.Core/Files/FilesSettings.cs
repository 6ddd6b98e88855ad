using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Files;

/// <summary>The profile section <c>files</c>.</summary>
internal sealed record FilesSettings
{
    private static readonly TimeSpan LeastTimeout = TimeSpan.FromSeconds(1), MostTimeout = TimeSpan.FromDays(7);

    [Description("Where new files are kept: local, database, or a storage that an extension brings. Files that are there stay where they are and readable.")]
    public string Storage { get; init; } = "local";

    [Description("Directory of the storage local; storage.path/files by default. Replicas must see the same one.")]
    public string? Path { get; init; }

    [Description("The storage local leaves so much of its disk free: an upload that would take more is answered 507.")]
    public ByteSize MinFree { get; init; } = ByteSize.Megabytes(256);

    [Description("The largest file. It stands in the place of server.max_body on the routes that take files.")]
    public ByteSize MaxSize { get; init; } = ByteSize.Megabytes(2048);

    [Description("How much one owner may have in all; 0 for no limit.")]
    public ByteSize Quota { get; init; } = ByteSize.Megabytes(10 * 1024);

    [Description("Media types that are taken, such as application/pdf or image/*; empty takes all. The content decides, not what the client says.")]
    public IReadOnlyList<string> Kinds { get; init; } = [];

    [Range(1, 10_000)]
    [Description("Uploads at once in one process, a quarter of them for one owner; further ones are answered 503 before anything is read.")]
    public int MaxUploads { get; init; } = 64;

    [Description("How long one upload may take. What is unfinished an hour longer is swept away.")]
    public TimeSpan UploadTimeout { get; init; } = TimeSpan.FromHours(6);

    internal static void Validate(FilesSettings settings, SettingsFaults faults, IReadOnlyList<Extension> extensions)
    {
        var storages = extensions.SelectMany(extension => extension.FileStorages).Select(storage => storage.Name).ToList();
        if (storages.Count > 0 && !storages.Contains(settings.Storage)) faults.Add("storage", FileStorages.Unknown(settings.Storage, storages));
        if (settings.MaxSize.Bytes < 1) faults.Add("max_size", "must be at least 1");
        if (settings.Quota.Bytes < 0) faults.Add("quota", "must be 0 or more");
        if (settings.MinFree.Bytes < 0) faults.Add("min_free", "must be 0 or more");
        if (settings.UploadTimeout < LeastTimeout || settings.UploadTimeout > MostTimeout) faults.Add("upload_timeout", "must be from 1s to 7d");
        for (var index = 0; index < settings.Kinds.Count; index++)
            if (!MediaTypes.IsPattern(settings.Kinds[index])) faults.Add($"kinds[{index}]", $"'{settings.Kinds[index]}' is no media type such as application/pdf, and no group such as image/*");
    }
}
