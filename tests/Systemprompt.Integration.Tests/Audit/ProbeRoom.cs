using Npgsql;
using Systemprompt.Audit;
using Systemprompt.Database.Migrations;
using Systemprompt.Integration.Tests.Database;

namespace Systemprompt.Integration.Tests.Audit;

/// <summary>A room made for tests: it opens and settles, as the room of model calls does, and one of its columns refuses a value.</summary>
internal static class ProbeRoom
{
    public const string Poison = "poison";

    public static MigrationSource Migrations { get; } = Catalogue.Source("probe",
        $"""
         create table probe.opened (
             id uuid not null, at timestamptz not null, note text check (note <> '{Poison}'), body json, user_digest bytea,
             writer uuid not null, seq bigint not null, hash bytea not null, user_id text,
             primary key (id, at)) partition by range (at);
         select audit.adopt('probe.opened');
         create table probe.settled (
             id uuid not null, at timestamptz not null, status text not null,
             writer uuid not null, seq bigint not null, hash bytea not null,
             primary key (id, at)) partition by range (at);
         select audit.adopt('probe.settled');
         """);
}

internal sealed class ProbeOpened : AuditRow
{
    public static readonly AuditTable Opened = new("probe.opened", "at", ["id", "at", "note", "body", "user_digest"]) { PersonalColumns = ["user_id"] };

    public override AuditTable Table => Opened;

    public Guid Id { get; init; } = Guid.CreateVersion7();

    public DateTimeOffset At { get; init; } = TimeProvider.System.GetUtcNow();

    public string? Note { get; init; }

    public string? Body { get; init; }

    public string? User { get; init; } = "alice";

    public override void Write(ref CopyTuple tuple)
    {
        tuple.Uuid(Id);
        tuple.Time(At);
        tuple.Text(Note);
        tuple.Json(Body);
        tuple.Digest(Id, User);
    }

    public override void WritePersonal(ref CopyTuple tuple) => tuple.Text(User);

    public override AuditRow WhenAbandoned() => new ProbeSettled { Id = Id, At = At, Status = "abandoned" };
}

internal sealed class ProbeSettled : AuditRow
{
    public static readonly AuditTable Settled = new("probe.settled", "at", ["id", "at", "status"]);

    public override AuditTable Table => Settled;

    public required Guid Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public string Status { get; init; } = "completed";

    public override bool KeepTrying => true;

    public override void Write(ref CopyTuple tuple)
    {
        tuple.Uuid(Id);
        tuple.Time(At);
        tuple.Text(Status);
    }
}

internal sealed class ProbeSettler : IOrphanSettler
{
    public async Task<IReadOnlyList<AuditRow>> FindOrphansAsync(NpgsqlConnection connection, DeadWriter writer, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            select o.id, o.at from probe.opened o
             where o.writer = $1 and not exists (select from probe.settled s where s.id = o.id and s.at = o.at)
             limit $2
            """, connection);
        command.Parameters.Add(new() { Value = writer.Id });
        command.Parameters.Add(new() { Value = limit });
        var rows = new List<AuditRow>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(new ProbeSettled { Id = reader.GetGuid(0), At = reader.GetFieldValue<DateTimeOffset>(1), Status = "interrupted" });
        return rows;
    }
}
