using System.Threading.Channels;

namespace Systemprompt.Logging;

/// <summary>
/// Lines that wait to be written. Bounded: what does not fit is dropped and counted, and never makes anybody wait. Filled from the first line on;
/// emptied once the database is up.
/// </summary>
internal sealed class LogQueue
{
    private readonly Channel<LogEntry> _lines;
    private readonly int _capacity;
    private long _dropped, _droppedEver, _accepted, _seq;

    public LogQueue(int capacity)
    {
        _capacity = capacity;
        _lines = Channel.CreateBounded<LogEntry>(new BoundedChannelOptions(capacity) { SingleReader = true });
    }

    public ChannelReader<LogEntry> Lines => _lines.Reader;

    /// <summary>Whether a line would be dropped: asked before one is put together.</summary>
    public bool IsFull => _lines.Reader.Count >= _capacity;

    public int Waiting => _lines.Reader.Count;

    public long Accepted => Volatile.Read(ref _accepted);

    /// <summary>Lines dropped since the start.</summary>
    public long DroppedEver => Volatile.Read(ref _droppedEver);

    public long NextSeq() => Interlocked.Increment(ref _seq);

    public void Add(LogEntry line)
    {
        if (_lines.Writer.TryWrite(line)) Interlocked.Increment(ref _accepted);
        else Drop();
    }

    public void Drop()
    {
        Interlocked.Increment(ref _dropped);
        Interlocked.Increment(ref _droppedEver);
    }

    /// <summary>Lines dropped since this was last asked.</summary>
    public long TakeDropped() => Interlocked.Exchange(ref _dropped, 0);
}
