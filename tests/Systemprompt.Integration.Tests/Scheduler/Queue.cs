using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Scheduler;

namespace Systemprompt.Integration.Tests.Scheduler;

/// <summary>A database, and one or more servers on it that run jobs.</summary>
internal sealed class Queue : IAsyncDisposable
{
    private readonly List<ServerHost> _hosts = [];

    private Queue(DatabaseFixture database, JobRoom room)
    {
        (Database, Room) = (database, room);
        Commands = new CommandLine(database.Url, room);
        Commands.Variables["PORT"] = "0";
    }

    public DatabaseFixture Database { get; }

    public JobRoom Room { get; }

    public JobLog Log => Room.Log;

    public CommandLine Commands { get; }

    public IReadOnlyList<ServerHost> Hosts => _hosts;

    public IJobQueue Jobs => _hosts[0].Services.GetRequiredService<IJobQueue>();

    public JobStore Store => _hosts[0].Services.GetRequiredService<JobStore>();

    public static async Task<Queue> StartAsync(int hosts = 1, JobRoom? room = null, Action<Dictionary<string, string>>? variables = null)
    {
        var queue = new Queue(await DatabaseFixture.CreateEmptyAsync(), room ?? new JobRoom());
        variables?.Invoke(queue.Commands.Variables);
        for (var host = 0; host < hosts; host++) await queue.AddHostAsync();
        return queue;
    }

    public async Task<ServerHost> AddHostAsync()
    {
        var host = Commands.Server();
        _hosts.Add(host);
        await host.StartAsync(CancellationToken.None);
        await host.Started;
        return host;
    }

    public async Task<long> EnqueueAsync(JobKind<Order> kind, string name, int fail = 0, EnqueueOptions? options = null) =>
        (await Jobs.EnqueueAsync(kind, new Order(name, fail), options)).Id;

    /// <summary>The source that the first host works with.</summary>
    public NpgsqlDataSource Source => _hosts[0].Services.GetRequiredService<NpgsqlDataSource>();

    /// <summary>Waits until a job has an attempt that ended so, and returns every attempt in order.</summary>
    public async Task<IReadOnlyList<AttemptRow>> EndedAsync(long job, string outcome)
    {
        await Database.UntilAsync($"select exists (select from scheduler.history where job = {job} and outcome = '{outcome}')");
        return [.. (await Store.HistoryAsync(new HistoryFilter { Job = job, Limit = 100 }, CancellationToken.None)).Reverse()];
    }

    public Task UntilRanAsync(string name, int attempt = 1) => UntilAsync(() => Log.Ran.Any(run => run.Name == name && run.Attempt >= attempt));

    public static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition()) await Task.Delay(10, limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        Log.Release.TrySetResult();
        foreach (var host in _hosts)
        {
            await host.StopAsync();
            await host.DisposeAsync();
        }

        await Database.DisposeAsync();
    }
}
