using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Systemprompt.Profiles;

namespace Systemprompt.Content;

/// <summary>The profile section <c>content</c>.</summary>
internal sealed record ContentSettings
{
    [Description("Takes files in again when they change on disk. For development; content inside the published file does not change.")]
    public bool Watch { get; init; }

    [Description("How often watched files are looked at. A change is taken in when two looks see the same.")]
    public TimeSpan WatchEvery { get; init; } = TimeSpan.FromMilliseconds(300);

    [Description("The largest file.")]
    public ByteSize MaxFile { get; init; } = ByteSize.Megabytes(1);

    [Description("How many earlier versions of a file are kept.")]
    [Range(1, 10_000)]
    public int KeepVersions { get; init; } = 20;

    internal static void Validate(ContentSettings settings, SettingsFaults faults)
    {
        if (settings.WatchEvery < TimeSpan.FromMilliseconds(50) || settings.WatchEvery > TimeSpan.FromMinutes(5)) faults.Add("watch_every", "must be from 50ms to 5m");
        if (settings.MaxFile.Bytes is < 1024 or > 8 * 1024 * 1024) faults.Add("max_file", "must be from 1KB to 8MB");
    }
}
