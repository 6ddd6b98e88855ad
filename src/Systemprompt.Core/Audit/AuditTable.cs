using System.Text;

namespace Systemprompt.Audit;

/// <summary>
/// A partitioned, append-only table that the audit writer fills. The room that owns it creates it in its migrations and hands it over:
/// <code>
/// create table ai.requests_opened (
///     id uuid not null,
///     opened_at timestamptz not null,
///     …,
///     writer uuid not null,
///     seq bigint not null,
///     hash bytea not null,
///     primary key (id, opened_at)
/// ) partition by range (opened_at);
/// select audit.adopt('ai.requests_opened');
/// </code>
/// <c>audit.adopt</c> adds the default partition and those of the coming days, and takes UPDATE, DELETE and TRUNCATE away. The primary key
/// is what makes a repeated row harmless: every table needs one that holds its id. JSON columns are of type <c>json</c>, not <c>jsonb</c>,
/// because the hash chain covers the bytes and <c>jsonb</c> does not keep them; a view may cast.
/// The room registers the table with <c>services.AddAuditTable(table)</c>.
/// </summary>
/// <param name="Name">Qualified name, such as <c>ai.requests_opened</c>: schema and table in lower case, no quotes needed.</param>
/// <param name="PartitionColumn">The timestamptz it is partitioned by, by UTC day.</param>
/// <param name="Columns">
/// The columns that <see cref="AuditRow.Write"/> writes, which the hash chain covers. Without the writer's own three (<c>writer, seq, hash</c>)
/// and without <see cref="PersonalColumns"/>.
/// </param>
internal sealed record AuditTable(string Name, string PartitionColumn, IReadOnlyList<string> Columns)
{
    private const string DigestEnd = "_digest";

    /// <summary>
    /// Columns that hold personal data, written by <see cref="AuditRow.WritePersonal"/>. The hash chain leaves them out, so that they can be
    /// erased; for what is evidence, <see cref="Columns"/> holds a digest (<see cref="PersonalDigest"/>), which the chain covers.
    /// </summary>
    public IReadOnlyList<string> PersonalColumns { get; init; } = [];

    /// <summary>The personal columns that have a digest, and its column: <c>user_digest</c> is that of <c>user_id</c>, <c>actor_digest</c> that of <c>actor</c>.</summary>
    public IReadOnlyList<(string Column, string Digest)> Digests =>
        [.. Columns.Where(static column => column.EndsWith(DigestEnd, StringComparison.Ordinal)).Select(digest => (PersonalColumns.Single(column => IsOf(digest, column)), digest))];

    /// <summary>The name as it enters the hash chain.</summary>
    public ReadOnlyMemory<byte> NameBytes { get; } = Encoding.UTF8.GetBytes(Name);

    /// <summary>How many fields a complete row has.</summary>
    public short FieldCount => (short)(Columns.Count + PersonalColumns.Count + 3);

    private static bool IsOf(string digest, string column) => $"{column}_".StartsWith($"{digest[..^DigestEnd.Length]}_", StringComparison.Ordinal);
}
