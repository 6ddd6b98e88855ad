namespace Systemprompt.Ai;

/// <summary>
/// Tools in a namespace, as Codex sends them: elsewhere a tool has one name, so theirs is made of both parts, in a form that no client uses by
/// itself, and taken apart again in the answer.
/// </summary>
internal static class ResponsesNames
{
    private const string Mark = "ns--";
    private const string Between = "--";

    /// <summary>The longest name that providers take.</summary>
    private const int Longest = 64;

    public static string Join(string? space, JsonPlace name)
    {
        if (space is null) return name.Text();
        var joined = $"{Mark}{space}{Between}{name.Text()}";
        return joined.Length <= Longest ? joined : throw name.Fault($"is too long with its namespace: {Longest} characters are the most elsewhere, {Mark.Length + Between.Length} of them for marks");
    }

    /// <returns>The namespace, or null, and the name in it.</returns>
    public static (string? Space, string Name) Split(string name)
    {
        if (!name.StartsWith(Mark, StringComparison.Ordinal)) return (null, name);
        var end = name.IndexOf(Between, Mark.Length, StringComparison.Ordinal);
        return end <= Mark.Length ? (null, name) : (name[Mark.Length..end], name[(end + Between.Length)..]);
    }
}
