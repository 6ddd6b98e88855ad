namespace Systemprompt.Audit;

/// <summary>
/// A partitioned, append-only table that the audit writer fills. The room that owns it creates it in its migrations, with
/// <c>writer uuid, seq bigint, hash bytea</c> as its last three columns, which the writer fills itself.
/// </summary>
/// <param name="Name">Qualified name, such as <c>ai.requests_opened</c>.</param>
/// <param name="PartitionColumn">The timestamptz it is partitioned by, by UTC day.</param>
/// <param name="Columns">The room's own columns, without the writer's three.</param>
internal sealed record AuditTable(string Name, string PartitionColumn, IReadOnlyList<string> Columns);
