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
        foreach (var table in tables)
        {
            await using var ensure = new NpgsqlCommand("select database.ensure_days($1)", connection) { Parameters = { new() { Value = table } } };
            await ensure.ExecuteNonQueryAsync(cancellationToken);
            if (rules.GetValueOrDefault(table) is not { } keep) continue;
            await using var drop = new NpgsqlCommand("select database.drop_days($1, $2)", connection) { Parameters = { new() { Value = table }, new() { Value = keep } } };
            await drop.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
