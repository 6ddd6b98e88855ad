using Systemprompt.Extensions;

namespace Systemprompt.Governance.Policies;

/// <summary>Names of models with <c>*</c> for anything, case-insensitive. A pattern is about a model's snapshots too: a date behind a name opens nothing.</summary>
internal static class ModelPatterns
{
    public static bool MatchesAny(IReadOnlyList<string> patterns, ReadOnlySpan<char> model)
    {
        if (Glob.MatchesAny(patterns, model)) return true;
        var unmarked = ModelSnapshot.WithoutContext(model);
        if (unmarked.Length < model.Length && Glob.MatchesAny(patterns, unmarked)) return true;
        var bare = ModelSnapshot.Without(unmarked);
        return bare.Length < unmarked.Length && Glob.MatchesAny(patterns, bare);
    }
}
