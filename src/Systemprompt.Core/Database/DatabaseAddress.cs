using Npgsql;

namespace Systemprompt.Database;

/// <summary>Where the database is, once that is known: the connection strings, and how to name the place in a message.</summary>
internal sealed class DatabaseAddress
{
    private readonly NpgsqlConnectionStringBuilder _url;
    private readonly NpgsqlConnectionStringBuilder _direct;
    private readonly DatabaseSettings _settings;

    public DatabaseAddress(DatabaseSettings settings, string url, string directUrl, bool isEmbedded)
    {
        _settings = settings;
        _url = ConnectionUrl.Parse(url, settings);
        _direct = string.IsNullOrWhiteSpace(directUrl) ? _url : ConnectionUrl.Parse(directUrl, settings);
        IsEmbedded = isEmbedded;
    }

    /// <summary>True when the server is our own, started for development or a trial.</summary>
    public bool IsEmbedded { get; }

    /// <summary>Host, port and database of the server itself. Holds no secret.</summary>
    public string Place => PlaceOf(_direct);

    /// <summary>The machine and process, as sessions name it in <c>pg_stat_activity</c>.</summary>
    public static string Instance { get; } = $"{Short(Environment.MachineName)}:{Environment.ProcessId}";

    /// <summary>The pool that all ordinary work goes through.</summary>
    /// <remarks>
    /// Fit for a pooler in transaction mode, which hands each transaction another session: nothing is prepared for reuse
    /// (<c>Max Auto Prepare=0</c>), since a prepared statement lives in one session, and a connection going back is not reset
    /// (<c>No Reset On Close</c>), since the reset would hit some other session. Therefore nothing may leave state in a session:
    /// <c>set local</c> inside a transaction instead of <c>set</c>, no session locks, no LISTEN.
    /// </remarks>
    public NpgsqlConnectionStringBuilder Runtime => Common(_url, "", builder =>
    {
        builder.MaxPoolSize = _settings.PoolSize;
        builder.MinPoolSize = Math.Min(_settings.MinPoolSize, _settings.PoolSize);
        builder.NoResetOnClose = true;
        builder.MaxAutoPrepare = 0;
    });

    /// <summary>A few connections to the server itself, where session state is allowed: locks, migrations, LISTEN.</summary>
    public NpgsqlConnectionStringBuilder Direct => Common(_direct, " direct", builder =>
    {
        builder.MaxPoolSize = 10;
        builder.MinPoolSize = 0;
        // A session that only waits must notice when the other end is gone.
        builder.KeepAlive = 15;
    });

    /// <summary>Connections to the server itself for a few statements over and over, which are prepared at their first use.</summary>
    public NpgsqlConnectionStringBuilder Prepared => Common(_direct, " prepared", builder =>
    {
        builder.MaxPoolSize = 10;
        builder.MinPoolSize = 0;
        builder.NoResetOnClose = true;
        builder.MaxAutoPrepare = 32;
        builder.AutoPrepareMinUsages = 1;
    });

    /// <summary>The one connection of the health check, so that a busy pool does not look like a dead database.</summary>
    public NpgsqlConnectionStringBuilder Health => Common(_url, " health", builder =>
    {
        builder.MaxPoolSize = 1;
        builder.MinPoolSize = 0;
        builder.NoResetOnClose = true;
        builder.MaxAutoPrepare = 0;
        builder.Timeout = 2;
        builder.CommandTimeout = 2;
    });

    /// <summary>A single connection, to look at the server before anything is asked of it.</summary>
    public NpgsqlConnectionStringBuilder Preflight => Common(_direct, " preflight", builder => builder.Pooling = false);

    private NpgsqlConnectionStringBuilder Common(NpgsqlConnectionStringBuilder address, string role, Action<NpgsqlConnectionStringBuilder> tune)
    {
        var idle = (int)Math.Ceiling(_settings.IdleLifetime.TotalSeconds);
        var builder = new NpgsqlConnectionStringBuilder(address.ConnectionString)
        {
            ApplicationName = $"{address.ApplicationName}:{Instance}{role}",
            CommandTimeout = (int)Math.Ceiling(_settings.CommandTimeout.TotalSeconds),
            ConnectionIdleLifetime = idle,
            ConnectionPruningInterval = Math.Min(idle, 10),
            TcpKeepAlive = true,
            Enlist = false,
            PersistSecurityInfo = false,
            // Both would put the contents of rows into errors and logs.
            IncludeErrorDetail = false,
            LogParameters = false,
        };
        tune(builder);
        return builder;
    }

    private static string PlaceOf(NpgsqlConnectionStringBuilder address)
    {
        var host = address.Host!;
        var place = host.Contains(',') ? host : host.Contains(':') ? $"[{host}]:{address.Port}" : $"{host}:{address.Port}";
        return string.IsNullOrEmpty(address.Database) ? place : $"{place}/{address.Database}";
    }

    // PostgreSQL cuts application_name at 63 bytes, which would lose the process id.
    private static string Short(string machine) => machine.Length <= 16 ? machine : machine[..16];
}
