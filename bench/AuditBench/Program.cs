using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Systemprompt.Audit;
using Systemprompt.Audit.Journal;
using Systemprompt.Extensions;
using Systemprompt.Governance;
using Systemprompt.Security;

// How many committed audit rows a second, and how long a caller waits, on a PostgreSQL that has the schema.
// AuditBench CONNECTION [seconds] [lanes] [callers …]
var seconds = args.Length > 1 ? int.Parse(args[1]) : 5;
var lanes = args.Length > 2 ? int.Parse(args[2]) : 2;
var callers = args.Length > 3 ? args[3..].Select(int.Parse).ToArray() : [1, 64];
// As the host connects its lanes.
await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(args[0]) { MaxAutoPrepare = 32, AutoPrepareMinUsages = 1, NoResetOnClose = true });
var settings = new AuditSettings { Lanes = lanes };
var state = new AuditState(TimeProvider.System);
var lease = new WriterLease(settings, TimeProvider.System, NullLogger<WriterLease>.Instance);
var origin = WriterOrigin.Here("bench");
using var journal = new AuditJournal(settings, new JournalFolder(Path.GetTempPath(), "bench"), origin, TimeProvider.System, NullLogger<AuditJournal>.Instance);
using var writer = new AuditWriter(settings, origin, state, journal, TimeProvider.System, NullLogger<AuditWriter>.Instance);
lease.Start(database);
writer.Start(database, lease);
await state.WhenUp;

Console.WriteLine($"{"callers",8} {"rows/s",10} {"rows/commit",12} {"p50 ms",8} {"p99 ms",8} {"max ms",8}");
foreach (var count in callers)
{
    await RunAsync(count, TimeSpan.FromSeconds(1));
    var (before, commits) = (state.Committed, state.Commits);
    var waits = await RunAsync(count, TimeSpan.FromSeconds(seconds));
    var rows = state.Committed - before;
    Array.Sort(waits);
    Console.WriteLine(
        $"{count,8} {rows / (double)seconds,10:0} {rows / (double)(state.Commits - commits),12:0.0} {At(waits, 0.5),8:0.000} {At(waits, 0.99),8:0.000} {At(waits, 1),8:0.000}");
}

await writer.StopAsync(CancellationToken.None);

async Task<long[]> RunAsync(int count, TimeSpan time)
{
    using var end = new CancellationTokenSource(time);
    var results = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Run(async () =>
    {
        var waits = new List<long>(1 << 16);
        while (!end.IsCancellationRequested)
        {
            var begin = Stopwatch.GetTimestamp();
            await writer.CommitAsync(Row(), CancellationToken.None);
            waits.Add(Stopwatch.GetTimestamp() - begin);
        }

        return waits;
    })));
    return [.. results.SelectMany(waits => waits)];
}

static double At(long[] sorted, double share) =>
    sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))] * 1000.0 / Stopwatch.Frequency;

static DecisionRow Row()
{
    var now = DateTimeOffset.UtcNow;
    return new DecisionRow
    {
        Id = Guid.CreateVersion7(now),
        DecidedAt = now,
        Tenant = "bench",
        Door = PolicyDoor.Hook,
        UserId = "alice@example.com",
        Tier = Tier.User,
        TokenId = "0193a5c2f0b07e2a9c1d",
        SessionId = "4c5b8d1e-65a5-4a54-8f6e-0a4f5d1b2c3d",
        Event = "PreToolUse",
        Tool = "Bash",
        Outcome = PolicyOutcome.Pass,
        Trace = [new("scope", PolicyOutcome.Pass, 1), new("secret_scan", PolicyOutcome.Pass, 12), new("blocklist", PolicyOutcome.Pass, 2), new("rate", PolicyOutcome.Pass, 1)],
        TraceId = "4bf92f3577b34da6a3ce929d0e0e4736",
        ClientAddress = "127.0.0.1",
    };
}
