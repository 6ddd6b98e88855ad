namespace Systemprompt.Promises.Tests;

/// <summary>What the list has to satisfy.</summary>
internal static class PromiseRules
{
    /// <summary>The claims are fixed: one that is not in the list would be forgotten, not kept.</summary>
    public static IReadOnlyList<string> Ids { get; } = [.. Enumerable.Range(1, 47).Select(number => $"P{number:00}")];

    public static IReadOnlyList<string> Faults(IReadOnlyList<Promise> promises, IReadOnlyDictionary<string, TestMethod> tests) =>
    [
        .. Ids.Except(promises.Select(promise => promise.Id)).Select(id => $"{id} is missing"),
        .. promises.Select(promise => promise.Id).Except(Ids).Select(id => $"{id} is no known promise"),
        .. promises.CountBy(promise => promise.Id).Where(count => count.Value > 1).Select(count => $"{count.Key} is listed {count.Value} times"),
        .. promises.SelectMany(promise => Faults(promise, tests)),
    ];

    private static IEnumerable<string> Faults(Promise promise, IReadOnlyDictionary<string, TestMethod> tests)
    {
        if (promise.Claim.Length == 0) yield return $"{promise.Id} has no claim";
        switch (promise)
        {
            case { Status: not ("kept" or "not_yet") }:
                yield return $"{promise.Id} has the status '{promise.Status}': kept and not_yet are the two";
                break;
            case { IsKept: true, Tests: [] }:
                yield return $"{promise.Id} is kept, but names no test that shows it";
                break;
            case { IsKept: true, Why.Length: > 0 }:
                yield return $"{promise.Id} is kept, so it needs no why";
                break;
            case { IsKept: false, Why.Length: 0 }:
                yield return $"{promise.Id} is not kept yet: say why";
                break;
            case { IsKept: false, Tests: not [] }:
                yield return $"{promise.Id} names tests, but is not kept yet";
                break;
        }

        foreach (var name in promise.Tests)
        {
            if (!tests.TryGetValue(name, out var test))
                yield return $"{promise.Id}: there is no test {name}";
            else if (test.Hindrance is { } hindrance)
                yield return $"{promise.Id}: {name} {hindrance}";
        }
    }
}
