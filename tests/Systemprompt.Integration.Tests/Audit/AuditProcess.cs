using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Systemprompt.Audit;
using Systemprompt.Audit.Journal;
using Systemprompt.Database;
using Systemprompt.Database.Migrations;
using Systemprompt.Hosting;

namespace Systemprompt.Integration.Tests.Audit;

/// <summary>The audit trail of one process, as the host would have it, with the probe room.</summary>
internal sealed class AuditProcess : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private bool _running;

    private AuditProcess(ServiceProvider services) => _services = services;

    public static MigrationCatalogue Catalogue { get; } =
        new([new MigrationSource("database", new DatabaseExtension().Migrations), new MigrationSource("audit", new AuditExtension().Migrations), ProbeRoom.Migrations], new HashSet<string>());

    public IAuditLog Log => _services.GetRequiredService<IAuditLog>();

    public AuditState State => _services.GetRequiredService<AuditState>();

    public AuditJournal Journal => _services.GetRequiredService<AuditJournal>();

    public AuditWriter Writer => _services.GetRequiredService<AuditWriter>();

    public WriterLease Lease => _services.GetRequiredService<WriterLease>();

    public OrphanSweep Sweep => _services.GetRequiredService<OrphanSweep>();

    public Partitions Partitions => _services.GetRequiredService<Partitions>();

    public ChainVerifier Chains => _services.GetRequiredService<ChainVerifier>();

    public NpgsqlDataSource Database => _services.GetRequiredService<NpgsqlDataSource>();

    /// <summary>A process on a migrated database, its audit trail started.</summary>
    public static async Task<AuditProcess> StartAsync(string url, AuditSettings? settings = null, Func<DatabaseSettings, DatabaseSettings>? change = null, string? journal = null)
    {
        var process = await CreateAsync(url, settings, change, journal);
        await process._services.GetRequiredService<AuditService>().StartAsync(CancellationToken.None);
        process._running = true;
        return process;
    }

    /// <summary>A process whose writers nobody renews or closes: as dead as its test wants it.</summary>
    public static async Task<AuditProcess> StartWithoutHeartbeatAsync(string url, AuditSettings? settings = null)
    {
        var process = await CreateAsync(url, settings, null);
        process.Lease.Start(process.Database);
        process.Writer.Start(process.Database, process.Lease);
        await process.State.WhenUp;
        return process;
    }

    public Task<HealthCheckResult> HealthAsync() =>
        _services.GetRequiredService<AuditHealthCheck>().CheckHealthAsync(new HealthCheckContext());

    public async Task StopAsync()
    {
        if (!_running) return;
        _running = false;
        await _services.GetRequiredService<AuditService>().StopAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await Writer.StopAsync(now.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        await Lease.DisconnectAsync();
        await _services.DisposeAsync();
    }

    private static async Task<AuditProcess> CreateAsync(string url, AuditSettings? settings, Func<DatabaseSettings, DatabaseSettings>? change, string? journal = null)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<Readiness>();
        services.AddSingleton<BackgroundLoops>();
        services.AddSingleton(Catalogue);
        var database = new DatabaseSettings { Url = url, PoolSize = 20, ConnectTimeout = TimeSpan.FromSeconds(2) };
        DatabaseExtension.AddDatabase(services, _ => change?.Invoke(database) ?? database);
        services.AddSingleton(WriterOrigin.Here("tests"));
        services.AddSingleton(new JournalFolder(journal ?? "/nowhere", "tests"));
        AuditExtension.AddAudit(services, _ => settings ?? new AuditSettings());
        services.AddAuditTable(ProbeOpened.Opened);
        services.AddAuditTable(ProbeSettled.Settled);
        services.AddOrphanSettler<ProbeSettler>();
        var provider = services.BuildServiceProvider();
        await provider.GetRequiredService<DatabaseBoot>().EnsureAsync(CancellationToken.None);
        await provider.GetRequiredService<Migrator>().MigrateAsync([], CancellationToken.None);
        return new AuditProcess(provider);
    }
}
