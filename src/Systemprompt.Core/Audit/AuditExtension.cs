using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Systemprompt.Audit.Bodies;
using Systemprompt.Audit.Evidence;
using Systemprompt.Audit.Journal;
using Systemprompt.Audit.Proof;
using Systemprompt.Cli;
using Systemprompt.Database;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Audit;

/// <summary>
/// The audit trail: a row that a room hands over is committed and flushed in PostgreSQL before the client sees the answer it belongs to.
/// </summary>
/// <remarks>
/// <para><b>Picture.</b> A caller's thread encodes its rows into bytes (<see cref="CopyTuple"/>) and puts them into one bounded queue
/// (<see cref="AuditWriter"/>). Each lane (<see cref="WriterLane"/>) has one connection and takes everything that waits into one transaction:
/// BEGIN and one COPY a table, then head and COMMIT in one message (<see cref="LaneSession"/>). While a commit is under way the next batch
/// gathers; the load itself sets its size.</para>
/// <para><b>Chain.</b> Each lane is a writer, a row of <c>audit.writers</c>. Its rows carry its id, a number without gaps, and a hash over the
/// one before (<see cref="AuditHash"/>). <c>audit.advance</c> moves the writer's number and head in the same transaction, or fails it: so
/// at any time the table says where a chain ends, and two connections can never go on from the same place. Personal fields stay out of the
/// hash, their digests are in it (<see cref="PersonalDigest"/>). <see cref="ChainVerifier"/> recomputes a chain from the tables.</para>
/// <para><b>Life and death.</b> A heartbeat (<c>audit.lease</c>) renews the leases of this process's writers, in database time. Whoever finds
/// a lease run out (<c>audit.sweep</c>, every replica) locks the writer, has every room end what it left open (<see cref="IOrphanSettler"/>),
/// and closes it. A closed writer never writes again: its next <c>audit.advance</c> fails, and the lane goes on as a new writer. A lease that
/// ran out but was not swept is simply renewed; the row lock decides between the two. After an outage of the server nobody sweeps until
/// the living have had time to renew.</para>
/// <para><b>Failures.</b> A data error splits the batch in halves down to the one row PostgreSQL does not take; only its caller fails. A key
/// that is already there counts as committed. A lost connection leaves a commit in doubt: the lane reconnects and reads from
/// <c>audit.writers</c> whether it happened. Half a second of failures is an outage: while no lane can write, new calls are refused at once,
/// ends of calls wait for <c>commit_timeout</c> and are kept beyond it; lanes try at least once a second. An opening that turns out to be
/// committed after its caller was refused is ended (<see cref="AuditRow.WhenAbandoned"/>). Waiting callers give up by a watch
/// (<c>audit.watch</c>), not by a timer each.</para>
/// <para><b>Journal.</b> With <c>audit.mode: journal</c>, what cannot be committed is appended to a file and flushed instead (<see cref="AuditJournal"/>); the watch
/// moves there who waits when an outage begins. <see cref="JournalReplay"/> hands it to the lanes when they write again, and at start what a dead
/// process left. The same row may come both ways; its key makes it one.</para>
/// <para><b>Bodies.</b> Not part of the trail, and off: what calls sent and were answered, sealed and written beside their way (<see cref="BodyKeeper"/>). Who
/// looks at them is (<see cref="BodyAccessRow"/>).</para>
/// <para><b>Partitions.</b> Daily, made three days ahead (<c>audit.partitions</c>) by a function that runs with its owner's rights, since the
/// server's role may not create tables; a default partition takes what has none.</para>
/// <para><b>Connections.</b> One a lane and one for the heartbeat, taken from the ordinary pool for as long as the process runs. They keep no
/// state in the session, so a pooler in transaction mode may stand between.</para>
/// </remarks>
[Extension("audit", Description = "The audit trail: rows committed before the answer, in hash chains, partitioned by day.")]
internal sealed class AuditExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["database"];

    public override bool IsRequired => true;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<AuditSettings>("audit", AuditSettings.Validate)];

    public override IReadOnlyList<HealthCheckRegistration> HealthChecks =>
    [
        new("audit", static services => services.GetRequiredService<AuditHealthCheck>(), HealthStatus.Unhealthy, [HealthReports.ServerOnly]),
    ];

    public override IReadOnlyList<RetentionRule> Retention => [new("audit.bodies", static profile => TimeSpan.FromDays(profile.Section<AuditSettings>().Bodies.RetainDays))];

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddSingleton(_ => WriterOrigin.Here(profile.Tenant));
        services.AddSingleton(_ => new JournalFolder(profile.Section<StorageSettings>().Resolve("audit"), profile.Tenant));
        AddAudit(services, _ => profile.Section<AuditSettings>());
        services.AddAuditTable(BodyAccessRow.Accesses);
        services.AddAuditSource<AccessStore>();
    }

    public override void MapCommands(CommandMap commands) => AuditCommands.Map(commands);

    public override ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        services.GetRequiredService<AuditMetrics>();
        return new(services.GetRequiredService<AuditService>().StartAsync(cancellationToken));
    }

    public override ValueTask StopAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        new(services.GetRequiredService<AuditService>().StopAsync(cancellationToken));

    /// <summary>The services, for a container with other settings than a profile's.</summary>
    internal static void AddAudit(IServiceCollection services, Func<IServiceProvider, AuditSettings> settings)
    {
        services.AddSingleton(settings);
        services.AddSingleton<AuditState>();
        services.AddSingleton<BodyKeeper>();
        services.AddSingleton<BodyStore>();
        services.AddSingleton<AuditJournal>();
        services.AddSingleton<IWithoutDatabase>(static provider => provider.GetRequiredService<AuditJournal>());
        services.AddSingleton<JournalReplay>();
        services.AddSingleton<AuditWriter>();
        services.AddSingleton<IAuditLog>(static provider => provider.GetRequiredService<AuditWriter>());
        services.AddSingleton<WriterLease>();
        services.AddSingleton<OrphanSweep>();
        services.AddSingleton<Partitions>();
        services.AddSingleton<ChainVerifier>();
        services.AddSingleton<ChainedRowStore>();
        services.AddSingleton<EvidenceReader>();
        services.AddSingleton<ProofStore>();
        services.AddSingleton<ProofExporter>();
        services.AddSingleton<AuditHealthCheck>();
        services.AddSingleton<AuditMetrics>();
        services.AddSingleton<AuditService>();
    }
}
