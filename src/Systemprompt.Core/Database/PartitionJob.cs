using Npgsql;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Database;

/// <summary>Makes the coming days of every table that is partitioned by day, and drops those whose time of retention is over.</summary>
internal sealed class PartitionJob(NpgsqlDataSource database, ExtensionRegistry extensions, Profile profile) : Job<NoArgs>
{
    public static readonly JobKind<NoArgs> Kind = new("database.partitions");

    public override async Task RunAsync(NoArgs args, JobContext context, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        var tables = new List<string>();
        await using (var list = new NpgsqlCommand("select name from database.partitioned order by name", connection))
        await using (var reader = await list.ExecuteReaderAsync(cancellationToken))
            while (await reader.ReadAsync(cancellationToken)) tables.Add(reader.GetString(0));

        var rules = extensions.Enabled.SelectMany(extension => extension.Retention).ToDictionary(rule => rule.Table, rule => rule.Keep(profile));
        var troubles = new List<Exception>();
        foreach (var table in tables)
        {
            try
            {
                await KeepAsync(connection, table, rules.GetValueOrDefault(table), cancellationToken);
            }
            catch (PostgresException exception)
            {
                // One table's trouble (a lock held too long) does not keep the others from their days.
                troubles.Add(exception);
            }
        }

        if (troubles.Count > 0) throw new AggregateException("the days of some tables could not be kept", troubles);
    }

    private static async Task KeepAsync(NpgsqlConnection connection, string table, TimeSpan? keep, CancellationToken cancellationToken)
    {
        await using var ensure = new NpgsqlCommand("select database.ensure_days($1)", connection) { Parameters = { new() { Value = table } } };
        await ensure.ExecuteNonQueryAsync(cancellationToken);
        if (keep is null) return;
        await using var drop = new NpgsqlCommand("select database.drop_days($1, $2)", connection) { Parameters = { new() { Value = table }, new() { Value = keep.Value } } };
        await drop.ExecuteNonQueryAsync(cancellationToken);
    }
}
