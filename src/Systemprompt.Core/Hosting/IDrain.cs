namespace Systemprompt.Hosting;

/// <summary>Work that must come to its end before any extension is stopped, since it may need them all.</summary>
internal interface IDrain
{
    /// <summary>Returns when nothing is under way any more, or its time is over.</summary>
    Task DrainAsync();
}
