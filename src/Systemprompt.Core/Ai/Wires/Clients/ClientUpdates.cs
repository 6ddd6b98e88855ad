using Microsoft.Extensions.AI;

namespace Systemprompt.Ai;

/// <summary>A client's stream. A client that does not end when it is told is not waited for: it is left to end by itself, and then let go.</summary>
internal sealed class ClientUpdates(IAsyncEnumerator<ChatResponseUpdate> updates, ForeignStop stop) : IAsyncDisposable
{
    private Task<bool>? _moving;

    public ChatResponseUpdate Current => updates.Current;

    /// <summary>Goes on to the next update, within so much time; false when there is none.</summary>
    /// <exception cref="TimeoutException">It did not come in time.</exception>
    public Task<bool> MoveAsync(TimeSpan patience, TimeProvider clock, CancellationToken call) => (_moving = updates.MoveNextAsync().AsTask()).WaitAsync(patience, clock, call);

    /// <summary>Begins to go on; when it is done at once, with what came of it.</summary>
    public ValueTask<bool> MoveAsync(CancellationToken call)
    {
        var move = updates.MoveNextAsync();
        if (move.IsCompletedSuccessfully) return move;
        _moving = move.AsTask();
        return new(_moving.WaitAsync(call));
    }

    public ValueTask DisposeAsync()
    {
        stop.End();
        var left = _moving is { IsCompleted: false };
        if (left) stop.Now();
        _ = LetGoAsync();
        return default;
    }

    // An enumerator may not be disposed while it moves. What it throws now is of no interest.
    private async Task LetGoAsync()
    {
        try
        {
            if (_moving is { } moving) await ((Task)moving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await updates.DisposeAsync();
        }
        catch (Exception)
        {
        }
    }
}
