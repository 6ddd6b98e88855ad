using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Systemprompt.Profiles;

namespace Systemprompt.Database;

/// <summary>Where the database is.</summary>
internal enum DatabaseMode
{
    /// <summary>A PostgreSQL that somebody else runs; <c>url</c> says where.</summary>
    External,

    /// <summary>A PostgreSQL that this binary starts below <c>storage.path</c>, unless <c>url</c> is given: for development and trials.</summary>
    Embedded,
}

/// <summary>When the schema is brought up to what this binary needs.</summary>
internal enum MigrateWhen
{
    /// <summary>At start, under a lock, before the process is ready.</summary>
    OnStart,

    /// <summary>Never by the server: it refuses to start while migrations are pending, and <c>infra db migrate</c> applies them.</summary>
    Never,
}

/// <summary>The profile section <c>database</c>.</summary>
internal sealed record DatabaseSettings
{
    [Description("external: PostgreSQL at url. embedded: url if it is not empty, else a PostgreSQL of our own under storage.path (development and trials).")]
    public DatabaseMode Mode { get; init; } = DatabaseMode.External;

    [Secret]
    [Description("postgres://user:password@host:port/name?sslmode=require, or a key=value string. May go through a pooler in transaction mode.")]
    public string Url { get; init; } = "";

    [Secret]
    [Description("The server itself, not a pooler: used for LISTEN, locks and migrations. Empty: the same as url.")]
    public string DirectUrl { get; init; } = "";

    [Range(1, 1000)]
    [Description("Most connections this process opens for its work. All replicas together must stay below the server's max_connections.")]
    public int PoolSize { get; init; } = 20;

    [Range(0, 1000)]
    [Description("Connections kept open while idle.")]
    public int MinPoolSize { get; init; }

    [Description("How long opening a connection, or waiting for a free one, may take.")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    [Description("How long one statement may take. Migrations have no such limit.")]
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(30);

    [Description("An idle connection above min_pool_size is closed after this time.")]
    public TimeSpan IdleLifetime { get; init; } = TimeSpan.FromMinutes(5);

    [Description("How long migrating waits for a lock that somebody else holds: another process that migrates, or a session that uses a table.")]
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromMinutes(1);

    [Description("on_start: pending migrations are applied at start. never: start is refused while some are pending.")]
    public MigrateWhen Migrate { get; init; } = MigrateWhen.OnStart;

    [Description("Wake at once when another process changes something (LISTEN). Without it everything still happens, at the next poll.")]
    public bool Listen { get; init; } = true;

    [Description("How sessions call themselves in pg_stat_activity; machine and process id are added.")]
    public string ApplicationName { get; init; } = "systemprompt";

    /// <summary>True when this process is to run PostgreSQL itself.</summary>
    internal bool UsesEmbedded => Mode == DatabaseMode.Embedded && string.IsNullOrWhiteSpace(Url);

    internal static void Validate(DatabaseSettings settings, SettingsFaults faults)
    {
        if (!settings.UsesEmbedded && string.IsNullOrWhiteSpace(settings.Url))
            faults.Add("url", "is empty; give the address of a PostgreSQL, such as postgres://user:password@host:5432/name (usually ${DATABASE_URL}), or set database.mode: embedded");
        Check("url", settings.Url, faults);
        Check("direct_url", settings.DirectUrl, faults);
        if (settings.UsesEmbedded && !string.IsNullOrWhiteSpace(settings.DirectUrl))
            faults.Add("direct_url", "is given without url; the embedded PostgreSQL needs neither, any other needs url too");
        if (settings.MinPoolSize > settings.PoolSize)
            faults.Add("min_pool_size", $"is {settings.MinPoolSize}, more than pool_size ({settings.PoolSize}); lower it");
        Bound("connect_timeout", settings.ConnectTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), faults);
        Bound("command_timeout", settings.CommandTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), faults);
        Bound("idle_lifetime", settings.IdleLifetime, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), faults);
        Bound("lock_timeout", settings.LockTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1), faults);
        if (settings.ApplicationName.Length is 0 or > 30 || settings.ApplicationName.Any(c => c is < '!' or > '~' or ':'))
            faults.Add("application_name", "must have 1 to 30 visible ASCII characters without ':', such as 'myco'");
    }

    private static void Check(string key, string url, SettingsFaults faults)
    {
        if (!string.IsNullOrWhiteSpace(url) && !ConnectionUrl.TryParse(url, out _, out var error)) faults.Add(key, error);
    }

    private static void Bound(string key, TimeSpan value, TimeSpan least, TimeSpan most, SettingsFaults faults)
    {
        if (value < least || value > most) faults.Add(key, $"must be from {Show(least)} to {Show(most)}");
    }

    private static string Show(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{time.TotalHours}h" : time.TotalMinutes >= 1 ? $"{time.TotalMinutes}m" : time.TotalSeconds >= 1 ? $"{time.TotalSeconds}s" : $"{time.TotalMilliseconds}ms";
}
