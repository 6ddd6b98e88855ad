namespace Systemprompt.Profiles;

/// <summary>Collects what is wrong with a section, so that an operator sees all faults at once.</summary>
public sealed class SettingsFaults
{
    private readonly List<(string Path, string Message)> _faults = [];

    internal IReadOnlyList<(string Path, string Message)> All => _faults;

    /// <summary>Reports a fault.</summary>
    /// <param name="path">Keys below the section joined by dots, with list positions: <c>providers[0].endpoint</c>. Empty for the section itself.</param>
    /// <param name="message">What is wrong and what would be right.</param>
    public void Add(string path, string message) => _faults.Add((path, message));
}
