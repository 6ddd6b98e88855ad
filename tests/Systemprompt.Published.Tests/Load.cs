using System.Collections.Concurrent;
using System.Net;

namespace Systemprompt.Published.Tests;

/// <summary>
/// A handful of clients that mix whole answers, streams and hooks against one address, through every outage, and note the id of each answer
/// that they had to its last byte.
/// </summary>
internal sealed class Load : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Guid> _answered = [];
    private readonly SemaphoreSlim _more = new(0);
    private readonly HttpClient _client;
    private readonly Task[] _clients;
    private int _refused;

    public Load(PublishedHost host, string token, int clients = 4)
    {
        _client = host.ClientWith(token);
        _clients = [.. Enumerable.Range(0, clients).Select(index => Task.Run(() => RunAsync(index)))];
    }

    /// <summary>The ids of what was answered.</summary>
    public IReadOnlyCollection<Guid> Answered => _answered;

    /// <summary>How many asked in vain: refused, cut or not served at all.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>Waits for so many further answers.</summary>
    public async Task AnswersAsync(int count)
    {
        while (_more.Wait(0, CancellationToken.None)) { }
        for (; count > 0; count--)
            if (!await _more.WaitAsync(TimeSpan.FromSeconds(30))) throw new TimeoutException("nothing was answered for 30 seconds");
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_clients);
        _client.Dispose();
        _more.Dispose();
        _end.Dispose();
    }

    private async Task RunAsync(int index)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var turn = index; !_end.IsCancellationRequested; turn++)
        {
            try
            {
                if (await AskAsync(turn % 3)) continue;
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or System.Net.Sockets.SocketException)
            {
                // Nobody there, or gone in the middle: no answer, so no claim.
            }

            Interlocked.Increment(ref _refused);
            await pause.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private async Task<bool> AskAsync(int kind)
    {
        using var answer = kind == 2 ? await GatewayFixture.GovernAsync(_client, "ls") : await GatewayFixture.CallAsync(_client, "echo", "load", stream: kind == 1);
        var body = await answer.Content.ReadAsStringAsync();
        // A hook that could not be recorded is answered by a denial without an id; a call, by a 503.
        if (answer.StatusCode != HttpStatusCode.OK || !answer.Headers.TryGetValues("x-audit-id", out var ids)) return false;
        if (kind == 1 && !body.Contains("event: message_stop", StringComparison.Ordinal)) return false;
        _answered.Add(Guid.Parse(ids.Single()));
        _more.Release();
        return true;
    }
}
