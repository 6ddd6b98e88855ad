using Systemprompt.Profiles;
using Systemprompt.Profiles.Binding;

namespace Systemprompt.Live;

/// <summary>Shows and changes what is set live, for commands and routes.</summary>
internal sealed class LiveDesk(LiveProfile live, LiveStore store)
{
    private const int LongestReason = 500;

    /// <summary>The keys below which can be set.</summary>
    public IReadOnlyList<string> Keys => live.Keys;

    public Task<IReadOnlyList<LiveRow>> ListAsync(CancellationToken cancellationToken) => store.ReadAsync(cancellationToken);

    /// <returns>The version of the change.</returns>
    /// <exception cref="LiveException">The key cannot be set live, or not to this.</exception>
    public Task<long> SetAsync(string key, string value, string? reason, string by, CancellationToken cancellationToken) => ChangeAsync(key, value, reason, by, cancellationToken);

    /// <summary>Gives a key back to the profile.</summary>
    /// <exception cref="LiveException">It is not set live, or what else is set live cannot stand without it.</exception>
    public Task<long> UnsetAsync(string key, string? reason, string by, CancellationToken cancellationToken) => ChangeAsync(key, null, reason, by, cancellationToken);

    /// <summary>Puts back what a change replaced.</summary>
    /// <exception cref="LiveException">There is no such change, or what was is so already, or can no longer be.</exception>
    public async Task<(string Key, long Version)> RevertAsync(long version, string? reason, string by, CancellationToken cancellationToken)
    {
        if (await store.ChangesAsync(null, version, 1, cancellationToken) is not [var change]) throw new LiveException("not_found", $"there is no change {version}; 'admin config history' shows those there are");
        return (change.Key, await ChangeAsync(change.Key, change.Before, reason ?? $"reverts {version}", by, cancellationToken));
    }

    /// <summary>Every value that is not as the profile says, with what the profile says.</summary>
    public async Task<IReadOnlyList<LiveDifference>> DiffAsync(CancellationToken cancellationToken)
    {
        var rows = await store.ReadAsync(cancellationToken);
        var (current, _) = live.With(Values(rows));
        var differences = new List<LiveDifference>();
        foreach (var section in live.Base.Document.Sections.Where(section => rows.Any(row => row.Key.StartsWith(section.Key + ".", StringComparison.Ordinal))))
        {
            var before = Flat(section, live.Base).ToDictionary(row => row.Key, row => row.Value, StringComparer.Ordinal);
            var after = Flat(section, current).ToDictionary(row => row.Key, row => row.Value, StringComparer.Ordinal);
            foreach (var key in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal))
            {
                var (profile, now) = (before.GetValueOrDefault(key), after.GetValueOrDefault(key));
                if (profile == now) continue;
                var cause = rows.Where(row => key == row.Key || key.StartsWith(row.Key + ".", StringComparison.Ordinal) || key.StartsWith(row.Key + "[", StringComparison.Ordinal)).MaxBy(row => row.Key.Length);
                differences.Add(new LiveDifference(key, profile, now, cause?.Key, cause?.UpdatedAt, cause?.UpdatedBy, cause?.Reason));
            }
        }

        return differences;
    }

    private Task<long> ChangeAsync(string key, string? value, string? reason, string by, CancellationToken cancellationToken)
    {
        if (reason is { Length: > LongestReason }) throw new LiveException("invalid", $"a reason has {LongestReason} characters at most");
        return store.ChangeAsync(key, value, reason, by, before =>
        {
            var now = before.FirstOrDefault(row => row.Key == key);
            if (value is null && now is null) throw new LiveException("not_found", $"{key} is not set live; the profile counts already");
            if (value is not null && now?.Value == value) throw new LiveException("invalid", $"{key} is set to this already");
            var others = Values(before).Where(other => other.Key != key).ToList();
            if (value is not null) others.Add(new LiveValue(key, value));
            // What was not taken before is no reason against this change.
            var known = live.With(Values(before)).Faults.Select(fault => fault.Value.Key).ToHashSet(StringComparer.Ordinal);
            var faults = live.With(others).Faults.Where(fault => fault.Value.Key == key || !known.Contains(fault.Value.Key)).ToList();
            if (faults.Count > 0) throw new LiveException("invalid", string.Join("; ", faults.Select(fault => fault.Value.Key == key ? fault.Fault : $"{fault.Value.Key}, which is set live, could not stand: {fault.Fault}")));
        }, cancellationToken);
    }

    private static List<LiveValue> Values(IEnumerable<LiveRow> rows) => [.. rows.Select(row => new LiveValue(row.Key, row.Value))];

    private static IEnumerable<ConfigRow> Flat(SettingsSection section, Profile profile) =>
        profile.Document.Bind(section, [], out var origins) is { } value ? ConfigListing.Of(section.Key, value, origins) : [];
}

/// <summary>A value that is not as the profile says.</summary>
/// <param name="Key">The value's whole key.</param>
/// <param name="Profile">What the profile says; null where it has nothing.</param>
/// <param name="Live">What counts; null where nothing does.</param>
/// <param name="SetAt">The key that was set live and brought it about.</param>
/// <param name="At">When.</param>
/// <param name="By">By whom.</param>
/// <param name="Reason">Why.</param>
internal sealed record LiveDifference(string Key, string? Profile, string? Live, string? SetAt, DateTime? At, string? By, string? Reason);

/// <summary>What cannot be set, in words for whoever asked.</summary>
internal sealed class LiveException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;

    public int Status => Code == "not_found" ? 404 : 400;
}
