using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Systemprompt.Hosting;

namespace Systemprompt.Content;

/// <summary>Takes content in when the process starts, and again whenever watched files have changed and come to rest.</summary>
internal sealed class ContentLoop(HostFiles files, ContentIngest ingest, ContentSettings settings, BackgroundLoops loops, TimeProvider clock) : IDisposable
{
    /// <summary>A large corpus is taken in while the server serves what is stored.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _loop = Task.CompletedTask;
    private string? _seen, _taken;
    private bool _ingested;

    /// <summary>Begins, and returns when the first ingest is over, or after a few seconds.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _loop = Task.Run(() => loops.RunAsync("content.ingest", TurnAsync, _stop.Token), CancellationToken.None);
        await Task.WhenAny(_first.Task, Task.Delay(Patience, clock, cancellationToken));
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop;
    }

    public void Dispose() => _stop.Dispose();

    private async Task TurnAsync(CancellationToken cancellationToken)
    {
        if (!_ingested)
        {
            try
            {
                var found = settings.Watch ? Look() : null;
                await ingest.RunIfChangedAsync(cancellationToken);
                (_seen, _taken, _ingested) = (found, found, true);
            }
            finally
            {
                // One that fails is shown in health and tried again; the start does not wait for it.
                _first.TrySetResult();
            }
        }

        await Task.Delay(settings.Watch ? settings.WatchEvery : Timeout.InfiniteTimeSpan, clock, cancellationToken);
        var now = Look();
        // An editor writes in several steps: a change counts when two looks see the same.
        if (now != _seen) _seen = now;
        else if (now != _taken)
        {
            await ingest.RunIfChangedAsync(cancellationToken);
            _taken = now;
        }
    }

    /// <summary>Names, sizes and times of the files. They are looked at again and again, since not every file system tells of changes.</summary>
    private string Look()
    {
        var folder = files.Folder("content");
        if (!Path.IsPathRooted(folder.Place)) return folder.Place;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in folder.Files)
        {
            var info = new FileInfo(Path.Combine(folder.Place, file.Path));
            if (info.Exists) hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{file.Path}\n{info.Length} {info.LastWriteTimeUtc.Ticks}\n")));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
