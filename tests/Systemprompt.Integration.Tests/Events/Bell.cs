using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests.Events;

/// <summary>A database and servers on it, with <see cref="EventRoom"/> compiled in.</summary>
internal sealed class Bell : IAsyncDisposable
{
    private readonly List<ServerHost> _hosts = [];

    private Bell(DatabaseFixture database)
    {
        Database = database;
        Commands = new CommandLine(database.Url, Room) { Variables = { ["PORT"] = "0", ["SECRETS_KEY"] = "a sealing key of more than thirty-two bytes" } };
    }

    public DatabaseFixture Database { get; }

    public EventRoom Room { get; } = new();

    public CommandLine Commands { get; }

    public IReadOnlyList<ServerHost> Hosts => _hosts;

    public NpgsqlDataSource Source => _hosts[0].Services.GetRequiredService<NpgsqlDataSource>();

    public static async Task<Bell> StartAsync(int hosts = 1, Action<Dictionary<string, string>>? variables = null)
    {
        var bell = new Bell(await DatabaseFixture.CreateEmptyAsync());
        variables?.Invoke(bell.Commands.Variables);
        for (var host = 0; host < hosts; host++)
        {
            bell._hosts.Add(bell.Commands.Server());
            await bell._hosts[^1].StartAsync(CancellationToken.None);
            await bell._hosts[^1].Started;
        }

        return bell;
    }

    public Task RingAsync(string text, Audience? audience = null, NpgsqlTransaction? transaction = null) =>
        _hosts[0].Services.GetRequiredService<IEvents>().PublishAsync(EventRoom.Rung, new Noticed(text), audience, transaction);

    public HttpClient Client(string subject, Tier tier = Tier.User, int host = 0) => _hosts[host].Client(subject, tier);

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.StopAsync();
            await host.DisposeAsync();
        }

        await Database.DisposeAsync();
    }
}

/// <summary>What a listener hears.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly HttpResponseMessage _answer;
    private readonly StreamReader _reader;

    private Listener(HttpResponseMessage answer, Stream body) => (_answer, _reader) = (answer, new StreamReader(body));

    public static async Task<Listener> OpenAsync(HttpClient client, string query = "", string? lastId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"api/v1/events{query}");
        if (lastId is not null) request.Headers.TryAddWithoutValidation("Last-Event-ID", lastId);
        var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        var listener = new Listener(answer, await answer.Content.ReadAsStreamAsync());
        (await listener._reader.ReadLineAsync()).ShouldBe("retry: 2000");
        return listener;
    }

    /// <summary>The next event; null when the stream is over.</summary>
    public async Task<(string Id, string Kind, string Data)?> NextAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var (id, kind, data) = ("", "", "");
        while (await _reader.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line[4..];
            else if (line.StartsWith("event: ", StringComparison.Ordinal)) kind = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal)) data = line[6..];
            else if (line.Length == 0 && data.Length > 0) return (id, kind, data);
        }

        return null;
    }

    public ValueTask DisposeAsync()
    {
        _answer.Dispose();
        _reader.Dispose();
        return ValueTask.CompletedTask;
    }
}
