using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Budgets;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Integration.Tests.Budgets;

/// <summary>Several processes' gates on one database, all in this one: each is a whole server.</summary>
internal sealed class BudgetRoom : IAsyncDisposable
{
    private readonly DatabaseFixture _database;
    private readonly List<ServerHost> _servers = [];

    private BudgetRoom(DatabaseFixture database)
    {
        _database = database;
        Commands = new CommandLine(database.Url, new LedgerExtension(Ledger)) { Variables = { ["PORT"] = "0", ["JOBS"] = "off" } };
    }

    /// <summary>What calls came to, as rows of the audit trail would say.</summary>
    public Ledger Ledger { get; } = new();

    public CommandLine Commands { get; }

    public DatabaseFixture Database => _database;

    public IReadOnlyList<IBudgetGate> Gates => [.. _servers.Select(server => server.Services.GetRequiredService<IBudgetGate>())];

    public static async Task<BudgetRoom> OpenAsync(int replicas, params (string Name, string Value)[] variables)
    {
        var room = new BudgetRoom(await DatabaseFixture.CreateEmptyAsync());
        foreach (var (name, value) in variables) room.Commands.Variables[name] = value;
        for (var at = 0; at < replicas; at++) await room.StartAsync();
        return room;
    }

    public async Task StartAsync()
    {
        var server = Commands.Server();
        _servers.Add(server);
        await server.StartAsync(CancellationToken.None);
        await server.Started.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public T Service<T>(int replica) where T : notnull => _servers[replica].Services.GetRequiredService<T>();

    /// <summary>A budget, once every replica counts on it.</summary>
    public async Task SetAsync(string name, params string[] terms)
    {
        var version = (await Commands.RunAsync(["admin", "budgets", "set", name, .. terms, "--json"])).Succeeded().Json.GetProperty("version").GetInt64();
        var spec = await _database.ScalarAsync<string>($"select spec::text from budgets.changes where name = '{name}' and version = {version}");
        await Scheduler.Queue.UntilAsync(() => Enumerable.Range(0, _servers.Count).All(at => Service<BudgetCatalogue>(at).All.Any(budget => budget.Name == name && budget.Settings.Equals(BudgetJson.Read(spec)))));
    }

    /// <summary>As kill -9 leaves it: nothing is said any more.</summary>
    public Task KillAsync(int replica) => Service<BudgetsService>(replica).PauseAsync();

    public Task<long> TotalAsync(string what, string budget) => _database.ScalarAsync<long>($"select coalesce(sum({what}), 0)::bigint from budgets.windows where budget = '{budget}'");

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
        await _database.DisposeAsync();
    }
}

/// <summary>The trail: every reservation that was granted, and how it ended.</summary>
internal sealed class Ledger : ISpendTrail
{
    private readonly ConcurrentDictionary<BudgetReservation, TrailEnd?> _calls = new();

    public void Open(BudgetReservation reservation) => _calls[reservation] = null;

    public void Settle(BudgetReservation reservation, BudgetUsage usage)
    {
        _calls[reservation] = new TrailEnd(true, usage);
        reservation.Settle(usage);
    }

    public void Release(BudgetReservation reservation)
    {
        _calls[reservation] = new TrailEnd(false, default);
        reservation.Release();
    }

    /// <summary>Ends what a dead process left open: nobody knows what it came to.</summary>
    public void Sweep(Guid replica)
    {
        foreach (var (reservation, end) in _calls)
            if (end is null && reservation.Replica == replica) _calls[reservation] = new TrailEnd(true, default);
    }

    public async IAsyncEnumerable<TrailCall> ReadAsync(Guid replica, DateTimeOffset from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var (reservation, end) in _calls)
            if (reservation.Replica == replica) yield return new TrailCall(Encoding.UTF8.GetString(reservation.ToJson()!), end);
    }
}

[Systemprompt.Extensions.Extension("ledger")]
internal sealed class LedgerExtension(Ledger ledger) : Extension
{
    public override IReadOnlyList<string> Dependencies => ["budgets"];

    public override void ConfigureServices(IServiceCollection services, Profile profile) => services.AddSingleton<ISpendTrail>(ledger);
}
