// Enqueues jobs into a queue that another process, the published file, works on, and measures: JobBench JOBS. Prints one JSON line.
// What peer.js does to the peers is done here in the same order.
using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Systemprompt;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Scheduler;

var jobs = int.Parse(args[0]);
var composition = Composition.Create(CoreExtensions.With(new HostDefinition(typeof(Program).Assembly, [])));
await using var services = await CommandServices.StartAsync(composition, composition.LoadProfile("bench", "scheduler"), CancellationToken.None);
var queue = services.Provider.GetRequiredService<IJobQueue>();
await using var counting = await services.Provider.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync();

var singles = new List<double>();
for (var n = 0; n < 500; n++)
{
    var begun = Stopwatch.GetTimestamp();
    await queue.EnqueueAsync(ProbeJob.Kind, new ProbeArgs());
    singles.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
}

await DrainedAsync(10);
var latencies = new List<double>();
for (var n = 0; n < 30; n++)
{
    await Task.Delay(50);
    var begun = Stopwatch.GetTimestamp();
    await queue.EnqueueAsync(ProbeJob.Kind, new ProbeArgs());
    await DrainedAsync(1);
    latencies.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
}

var from = Stopwatch.GetTimestamp();
for (var done = 0; done < jobs; done += 1000) await queue.EnqueueManyAsync(ProbeJob.Kind, [.. Enumerable.Repeat(new ProbeArgs(), Math.Min(1000, jobs - done))]);
await DrainedAsync(10);
var seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
await using var starts = new NpgsqlCommand("select percentile_cont(0.5) within group (order by extract(epoch from started_at - enqueued_at) * 1000)::float8 from (select * from scheduler.history where kind = 'scheduler.probe' order by job limit 30 offset 500) idle", counting);
Console.WriteLine(JsonSerializer.Serialize(new
{
    perSecond = jobs / seconds,
    enqueueP50 = Part(singles, 0.5),
    enqueueP99 = Part(singles, 0.99),
    latencyP50 = Part(latencies, 0.5),
    startP50 = await starts.ExecuteScalarAsync(),
}));

async Task DrainedAsync(int pause)
{
    await using var left = new NpgsqlCommand("select count(*) from scheduler.jobs where kind = 'scheduler.probe'", counting);
    while (await left.ExecuteScalarAsync() is > 0L) await Task.Delay(pause);
}

static double Part(List<double> values, double share)
{
    values.Sort();
    return values[Math.Min(values.Count - 1, (int)(values.Count * share))];
}
