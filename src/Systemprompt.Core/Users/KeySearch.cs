using System.Security.Cryptography;

namespace Systemprompt.Users;

/// <summary>Says whose an access key is to somebody who found some of it. What is secret of a key is compared by its hash, and never given back.</summary>
internal sealed class KeySearch(AccessStore access)
{
    public const int Fewest = 3, Most = 100;

    /// <summary>Every key that it may be, deleted ones included; the one that it is, when all of it was found.</summary>
    /// <exception cref="UserException">It is nothing of a key, or so little that it says nothing.</exception>
    public async Task<IReadOnlyList<FoundKey>> FindAsync(string text, CancellationToken cancellationToken)
    {
        var part = KeyPart.Read(text) ?? throw UserException.Invalid("this is no part of an access key; one begins with sp_ and ten letters and digits");
        if (part.Start.Length < AccessKey.Start.Length + Fewest) throw UserException.Invalid($"give at least {Fewest} letters after sp_; 'admin keys list' shows all keys");
        return [.. (await access.FindKeysAsync(part, Most, cancellationToken)).Select(key => key.Found(MatchOf(part, key)))];
    }

    private static string MatchOf(KeyPart part, FoundKeyRow key) => (part, key.Hash) switch
    {
        ({ HasSecret: false }, _) => part.Start.Length == AccessKey.PrefixLength ? "name" : "beginning",
        // Of a deleted key there is no hash any more.
        ({ Hash: null }, _) or (_, null) => "name",
        ({ Hash: { } hash }, { } known) => CryptographicOperations.FixedTimeEquals(hash, known) ? "key" : "other secret",
    };
}

/// <summary>A key that was looked for, without what is secret of it.</summary>
/// <param name="Prefix">Its name.</param>
/// <param name="Match"><c>key</c>: it is this one, whole. <c>name</c>: it has this name. <c>beginning</c>: its name begins so. <c>other secret</c>: it has this name, and what was found is not the key.</param>
/// <param name="State"><c>active</c>, <c>expired</c>, <c>deleted</c>, or <c>suspended</c> with its holder.</param>
/// <param name="Login">Whose.</param>
/// <param name="Name">What for; null when it was deleted.</param>
/// <param name="Project">What its calls count for.</param>
/// <param name="CreatedAt">Since when; null when it was deleted.</param>
/// <param name="ExpiresAt">Until when; null for until it is deleted.</param>
/// <param name="DeletedAt">When it was deleted.</param>
/// <param name="DeletedBy">By whom.</param>
internal sealed record FoundKey(
    string Prefix, string Match, string State, string Login, string? Name, string? Project, DateTime? CreatedAt, DateTime? ExpiresAt, DateTime? DeletedAt, string? DeletedBy);

/// <summary>A key that was looked for, as read.</summary>
internal sealed record FoundKeyRow
{
    public string Prefix { get; init; } = "";

    public string State { get; init; } = "";

    public string Login { get; init; } = "";

    public string? Name { get; init; }

    public string? Project { get; init; }

    public byte[]? Hash { get; init; }

    public DateTime? CreatedAt { get; init; }

    public DateTime? ExpiresAt { get; init; }

    public DateTime? DeletedAt { get; init; }

    public string? DeletedBy { get; init; }

    public FoundKey Found(string match) => new(Prefix, match, State, Login, Name, Project, CreatedAt, ExpiresAt, DeletedAt, DeletedBy);
}
