using System.ComponentModel;

namespace Systemprompt.Live;

/// <summary>The profile section <c>live</c>.</summary>
internal sealed record LiveSettings
{
    [Description("How often settings that were set live are read again, should a notification have been missed.")]
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);

    internal static void Validate(LiveSettings settings, Profiles.SettingsFaults faults)
    {
        if (settings.Poll < TimeSpan.FromMilliseconds(100) || settings.Poll > TimeSpan.FromHours(1)) faults.Add("poll", "must lie between 100ms and 1h");
    }
}
