namespace Systemprompt.Scheduler;

/// <summary>How many jobs are worth taking ahead: as many as are begun within a few milliseconds, by how long the last ones took.</summary>
internal sealed class TakeAhead(int slots)
{
    private const double BegunWithin = 5;
    private const int MostPerSlot = 20;
    private double _average = double.PositiveInfinity;

    public int Count => Volatile.Read(ref _average) is var average && average < BegunWithin
        ? Math.Min(slots * MostPerSlot, (int)(slots * BegunWithin / Math.Max(average, 0.1)))
        : 0;

    /// <summary>An attempt has ended. A long one counts at once, short ones little by little.</summary>
    public void Took(TimeSpan time)
    {
        var (last, now) = (Volatile.Read(ref _average), time.TotalMilliseconds);
        Volatile.Write(ref _average, now >= last || double.IsInfinity(last) ? now : last * 0.9 + now * 0.1);
    }
}
