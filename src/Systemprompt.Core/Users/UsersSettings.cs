using System.ComponentModel;
using Systemprompt.Profiles;

namespace Systemprompt.Users;

/// <summary>The profile section <c>users</c>.</summary>
internal sealed record UsersSettings
{
    [Description("How often suspended users, access keys and bans are read again, should a notification have been missed.")]
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(5);

    [Description("How long an invitation is good, unless 'admin users invite --ttl' says otherwise.")]
    public TimeSpan InviteTtl { get; init; } = TimeSpan.FromDays(7);

    [Description("How long the record of changes to users is kept.")]
    public TimeSpan KeepChanges { get; init; } = TimeSpan.FromDays(730);

    internal static void Validate(UsersSettings settings, SettingsFaults faults)
    {
        if (settings.Poll < TimeSpan.FromMilliseconds(100) || settings.Poll > TimeSpan.FromMinutes(1)) faults.Add("poll", "must be from 100ms to 1m");
        if (settings.InviteTtl < TimeSpan.FromMinutes(1) || settings.InviteTtl > TimeSpan.FromDays(90)) faults.Add("invite_ttl", "must be from 1m to 90d");
    }
}
