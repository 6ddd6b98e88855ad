using System.Text;

namespace Systemprompt.Promises.Tests;

/// <summary>Writes <c>docs/promises.md</c>.</summary>
internal static class PromisePage
{
    public static string Of(IReadOnlyList<Promise> promises)
    {
        var page = new StringBuilder(
            $"""
            # Promises

            Every claim of the product's page, and how it stands in this build. *Kept* means that the named tests run with `./test.sh` and would
            fail without it. {promises.Count(promise => promise.IsKept)} of {promises.Count} are kept.

            This page is written from `tests/Systemprompt.Promises.Tests/promises.yaml`; a test fails when it is stale.

            | id | claim | state | shown by, or what is missing |
            |---|---|---|---|

            """);
        foreach (var promise in promises)
        {
            var (state, proof) = promise.IsKept
                ? ("**kept**", string.Join("<br>", promise.Tests.Select(test => $"`{Short(test)}`")))
                : ("not yet", promise.Why);
            page.Append($"| {promise.Id} | {promise.Claim} | {state} | {proof} |\n");
        }

        return page.ToString();
    }

    /// <summary>Project, class and method are enough to find it.</summary>
    private static string Short(string test) => test.Replace("Systemprompt.", "", StringComparison.Ordinal);
}
