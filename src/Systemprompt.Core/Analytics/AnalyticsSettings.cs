using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Systemprompt.Profiles;

namespace Systemprompt.Analytics;

/// <summary>The profile section <c>analytics</c>.</summary>
public sealed record AnalyticsSettings
{
    private static readonly TimeSpan LeastKept = TimeSpan.FromDays(3), MostKept = TimeSpan.FromDays(36_500);

    /// <summary>Whether requests and sessions are recorded.</summary>
    [Description("Whether requests and sessions are recorded. Model calls and decisions are recorded anyway, by their own rooms, and rolled up.")]
    public bool Enabled { get; init; } = true;

    /// <summary>When a session is over.</summary>
    [Description("A session is over when nothing was heard of it for so long. It is over at the end of the day (UTC) too.")]
    public TimeSpan SessionGap { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A cookie for anonymous visitors.</summary>
    [Description("Tells an anonymous visitor's sessions of different days to be the same browser's, by a first-party cookie. Without it there is no cookie, and nobody is recognized on the next day.")]
    public bool VisitorCookie { get; init; }

    /// <summary>How long the cookie lasts.</summary>
    [Description("How long the cookie of visitor_cookie lasts.")]
    public TimeSpan VisitorCookieFor { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Whether a browser's wish is respected.</summary>
    [Description("A request without a token that has DNT: 1 or Sec-GPC: 1 is counted, but gets no cookie and no session, and neither its client nor where it came from is noted.")]
    public bool RespectDoNotTrack { get; init; } = true;

    /// <summary>How long single requests are kept.</summary>
    [Description("How long single requests are kept, at least 3d. The sums of their days stay.")]
    public TimeSpan KeepRequests { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long sessions are kept.</summary>
    [Description("How long sessions are kept, at least 3d. The sums of their days stay.")]
    public TimeSpan KeepSessions { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long daily sums are kept.</summary>
    [Description("How long the sums of days are kept, 7d to 36500d. The nightly job sums up no day that is older.")]
    public TimeSpan KeepDaily { get; init; } = TimeSpan.FromDays(1095);

    /// <summary>How far back missing days are summed up.</summary>
    [Description("How many days back the nightly job sums up days that it has missed, and those from before there was a source.")]
    [Range(2, 1000)]
    public int CatchUpDays { get; init; } = 90;

    /// <summary>How often what was recorded is written.</summary>
    [Description("How often what was recorded is written to the database, 100ms to 4s.")]
    public TimeSpan Flush { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many requests may wait to be written.</summary>
    [Description("How many requests may wait to be written, and how many sessions may have changed. Beyond it they are dropped and counted, so that recording holds up nobody.")]
    [Range(1000, 10_000_000)]
    public int Queue { get; init; } = 65_536;

    internal static void Validate(AnalyticsSettings settings, SettingsFaults faults)
    {
        if (settings.SessionGap < TimeSpan.FromMinutes(1) || settings.SessionGap > TimeSpan.FromHours(24)) faults.Add("session_gap", "must be 1m to 24h");
        if (settings.VisitorCookieFor < TimeSpan.FromHours(1) || settings.VisitorCookieFor > TimeSpan.FromDays(400)) faults.Add("visitor_cookie_for", "must be 1h to 400d, which is the most that browsers keep");
        if (settings.KeepRequests < LeastKept) faults.Add("keep_requests", "must be at least 3d, so that every day is summed up before it goes");
        if (settings.KeepSessions < LeastKept) faults.Add("keep_sessions", "must be at least 3d, so that every day is summed up before it goes");
        if (settings.KeepDaily < TimeSpan.FromDays(7)) faults.Add("keep_daily", "must be at least 7d");
        foreach (var (name, kept) in new[] { ("keep_requests", settings.KeepRequests), ("keep_sessions", settings.KeepSessions), ("keep_daily", settings.KeepDaily) })
            if (kept > MostKept) faults.Add(name, "must be at most 36500d");
        if (settings.Flush < TimeSpan.FromMilliseconds(100) || settings.Flush > TimeSpan.FromSeconds(4)) faults.Add("flush", "must be 100ms to 4s");
    }
}
