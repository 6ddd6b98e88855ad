using Systemprompt.Profiles;

namespace Systemprompt.Extensions;

/// <summary>A table that is partitioned by day and loses its old days whole.</summary>
/// <param name="Table">
/// <c>schema.table</c>, taken into care by the migration that creates it: <c>select database.partition_by_day('billing.events')</c>. Days are
/// made ahead and dropped by the job <c>database.partitions</c>.
/// </param>
/// <param name="Keep">How long a day is kept after its end, from the profile; null for ever.</param>
public sealed record RetentionRule(string Table, Func<Profile, TimeSpan?> Keep);
