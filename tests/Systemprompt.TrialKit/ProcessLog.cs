using System.Diagnostics;

namespace Systemprompt.TrialKit;

/// <summary>The lines a process writes, and a way to wait for one.</summary>
public sealed class ProcessLog
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly List<(string Part, TaskCompletionSource<string> Seen)> _waiting = [];

    public IReadOnlyList<string> Lines
    {
        get { lock (_lock) return [.. _lines]; }
    }

    public string Text => string.Join('\n', Lines);

    /// <summary>Reads both outputs of a process until it ends.</summary>
    public Process Follow(Process process)
    {
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => Fail(new InvalidOperationException($"the process ended:\n{Text}"));
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (process.HasExited) Fail(new InvalidOperationException($"the process ended:\n{Text}"));
        return process;
    }

    /// <summary>The first line that holds a text, written already or to come.</summary>
    public async Task<string> WaitForAsync(string part, TimeSpan limit)
    {
        Task<string> seen;
        lock (_lock)
        {
            if (_lines.Find(line => line.Contains(part, StringComparison.Ordinal)) is { } found) return found;
            var source = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((part, source));
            seen = source.Task;
        }

        try
        {
            return await seen.WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"no line with '{part}' within {limit}:\n{Text}");
        }
    }

    private void Add(string? line)
    {
        if (line is null) return;
        lock (_lock)
        {
            _lines.Add(line);
            foreach (var (part, seen) in _waiting)
                if (line.Contains(part, StringComparison.Ordinal)) seen.TrySetResult(line);
        }
    }

    private void Fail(Exception reason)
    {
        lock (_lock)
            foreach (var (_, seen) in _waiting) seen.TrySetException(reason);
    }
}
