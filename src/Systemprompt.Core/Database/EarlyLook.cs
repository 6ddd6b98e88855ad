using Systemprompt.Profiles;

namespace Systemprompt.Database;

/// <summary>
/// The first look at the database (<see cref="Preflight"/>), begun before the server is built: connecting takes as long as building, and nothing is
/// changed by it. What came of it, a fault too, counts as the first attempt of <see cref="DatabaseBoot"/>.
/// </summary>
internal sealed class EarlyLook
{
    private Task<ServerFacts>? _facts;

    private EarlyLook(Task<ServerFacts>? facts) => _facts = facts;

    /// <summary>An embedded server is not there yet: it is started only once the port is bound.</summary>
    public static EarlyLook Begin(Profile profile)
    {
        var settings = profile.Section<DatabaseSettings>();
        if (settings.UsesEmbedded) return new EarlyLook(null);
        return new EarlyLook(Task.Run(() => Preflight.LookAsync(new DatabaseAddress(settings, settings.Url, settings.DirectUrl, isEmbedded: false), CancellationToken.None)));
    }

    /// <summary>What was seen, or is being looked at. Null from the second time on: later attempts look for themselves.</summary>
    public Task<ServerFacts>? Take() => Interlocked.Exchange(ref _facts, null);
}
