using System.Buffers;

namespace Systemprompt.Security;

/// <summary>What a project's name may be: short, and harmless wherever it is shown.</summary>
internal static class ProjectName
{
    public const int Longest = 64;

    private static readonly SearchValues<char> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
    private static readonly SearchValues<char> Allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:/");

    /// <summary>What is wrong with a name, or null. Never quotes it.</summary>
    public static string? Fault(string name) =>
        name.Length is > 0 and <= Longest && Letters.Contains(name[0]) && !name.AsSpan().ContainsAnyExcept(Allowed)
            ? null
            : $"a project has 1 to {Longest} letters, digits and . _ - : /, the first a letter or digit";
}
