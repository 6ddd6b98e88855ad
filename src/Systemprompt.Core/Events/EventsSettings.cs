using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Net;
using Systemprompt.Profiles;

namespace Systemprompt.Events;

/// <summary>The profile section <c>events</c>.</summary>
internal sealed record EventsSettings
{
    [Description("How often events are looked for when nothing announces one.")]
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(1);

    [Description("How long events are kept, for listeners that come back and for webhooks.")]
    public TimeSpan Keep { get; init; } = TimeSpan.FromDays(7);

    [Range(1, 1000)]
    [Description("Most listeners (GET /api/v1/events) a user may have at a time on this process.")]
    public int StreamsPerUser { get; init; } = 10;

    [Range(0, 100_000)]
    [Description("Most listeners on this process.")]
    public int Streams { get; init; } = 5000;

    [Description("Webhooks: off means that nothing leaves.")]
    public WebhookSettings Webhooks { get; init; } = new();

    internal static void Validate(EventsSettings settings, SettingsFaults faults)
    {
        if (settings.Poll < TimeSpan.FromMilliseconds(50) || settings.Poll > TimeSpan.FromMinutes(1)) faults.Add("poll", "must be from 50ms to 1m");
        if (settings.Webhooks.Timeout < TimeSpan.FromMilliseconds(100) || settings.Webhooks.Timeout > TimeSpan.FromMinutes(1)) faults.Add("webhooks.timeout", "must be from 100ms to 1m");
        for (var at = 0; at < settings.Webhooks.AllowNetworks.Count; at++)
            if (!IPNetwork.TryParse(settings.Webhooks.AllowNetworks[at], out _)) faults.Add($"webhooks.allow_networks[{at}]", "must be a network such as 10.1.0.0/16");
    }
}

/// <summary>The profile section <c>events.webhooks</c>.</summary>
internal sealed record WebhookSettings
{
    [Description("Whether administrators may have events sent to addresses outside.")]
    public bool Enabled { get; init; }

    [Description("How long a receiver may take to answer.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    [Description("Networks that are not public and may be sent to all the same, such as 10.1.0.0/16. Loopback, private and link-local ones are refused otherwise.")]
    public IReadOnlyList<string> AllowNetworks { get; init; } = [];
}
