using System.Collections;

namespace Systemprompt.Governance.Replay;

/// <summary>Every scope there can be: what a token carried is not recorded.</summary>
internal sealed class AnyScope : IReadOnlySet<string>
{
    public static AnyScope Instance { get; } = new();

    public int Count => 0;

    public bool Contains(string item) => true;

    public bool IsProperSubsetOf(IEnumerable<string> other) => false;

    public bool IsProperSupersetOf(IEnumerable<string> other) => true;

    public bool IsSubsetOf(IEnumerable<string> other) => false;

    public bool IsSupersetOf(IEnumerable<string> other) => true;

    public bool Overlaps(IEnumerable<string> other) => other.Any();

    public bool SetEquals(IEnumerable<string> other) => false;

    public IEnumerator<string> GetEnumerator() => Enumerable.Empty<string>().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
