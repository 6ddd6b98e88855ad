using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests;

/// <summary>A server on a database of its own, with the commands beside it and the clients it has.</summary>
internal sealed class ServerFixture : IAsyncDisposable
{
    private ServerHost? _server;

    private ServerFixture(DatabaseFixture database, Extension[] extensions) =>
        (Database, Commands) = (database, new CommandLine(database.Url, extensions) { Variables = { ["PORT"] = "0" } });

    public DatabaseFixture Database { get; }

    public CommandLine Commands { get; }

    public IServiceProvider Services => _server!.Services;

    /// <summary>Not started, so that variables can still be set and the database be filled.</summary>
    public static async Task<ServerFixture> CreateAsync(params Extension[] extensions) => new(await DatabaseFixture.CreateEmptyAsync(), extensions);

    public async Task StartAsync()
    {
        _server = Commands.Server();
        await _server.StartAsync(CancellationToken.None);
        await _server.Started.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public HttpClient Client(Tier tier) => _server!.Client("who", tier);

    /// <summary>A client without a token.</summary>
    public HttpClient Nobody() => new() { BaseAddress = _server!.Address };

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        await Database.DisposeAsync();
    }
}
