namespace Systemprompt.Governance.Secrets;

/// <summary>Looks at a place where a rule's anchor stands, and gives the credential there, or nothing.</summary>
internal delegate SecretSpan SecretShape(ReadOnlySpan<char> text, int at);

/// <summary>
/// One kind of credential. The scanner looks for all rules' anchors at once; a rule then judges the text around its anchor, by a
/// <see cref="SecretForm"/>, by what stands behind a name (<see cref="Assignment"/>), or by code of its own.
/// </summary>
internal sealed class SecretRule
{
    /// <summary>Stable id, shown in refusals. Several rules may share one.</summary>
    public required string Id { get; init; }

    /// <summary>Whose credential it is, and what it opens.</summary>
    public required string What { get; init; }

    /// <summary>What every match holds.</summary>
    public required string Anchor { get; init; }

    /// <summary>Whether the anchor is found in any case: it is a name that people write, and no part of the credential.</summary>
    public bool IgnoreCase { get; init; }

    /// <summary>Whether a rule that knows the vendor goes first where both match.</summary>
    public bool Weak { get; init; }

    /// <summary>The credential's form; null where <see cref="Shape"/> is code.</summary>
    public SecretForm? Form { get; init; }

    /// <summary>Judges the text around the anchor.</summary>
    public required SecretShape Shape { get; init; }

    /// <summary>How many different characters a credential must have.</summary>
    public int MinDistinct { get; init; } = 6;

    /// <summary>How far behind the anchor's beginning the rule looks, or the credential begins at the latest: more text than that changes nothing, unless <see cref="Holds"/> says that it goes on.</summary>
    public required int Reach { get; init; }

    /// <summary>Whether a text ends within what may become the rule's credential.</summary>
    public SecretHold Holds { get; init; } = SecretHolds.Word;

    /// <summary>How far the rule looks as long as <see cref="Holds"/> says so, where that is further.</summary>
    public int HeldReach { get; init; }

    /// <summary>The least entropy, in bits a character.</summary>
    public double MinEntropy { get; init; } = 2.6;

    /// <summary>The credential whose anchor stands at <paramref name="at"/>, or nothing.</summary>
    public SecretSpan Match(ReadOnlySpan<char> text, int at)
    {
        var span = Shape(text, at);
        return span.Length > 0 && !Placeholders.Is(text[span.Value..span.End], MinEntropy, MinDistinct) ? span : default;
    }

    /// <summary>A rule whose credential has a form with a text of its own in it.</summary>
    public static SecretRule Of(string id, string what, string form)
    {
        var parsed = new SecretForm(form);
        return new SecretRule { Id = id, What = what, Anchor = parsed.Anchor, Form = parsed, Shape = parsed.Around, Reach = parsed.Reach };
    }

    /// <summary>Rules of one kind with several forms.</summary>
    public static IEnumerable<SecretRule> Of(string id, string what, string tail, params string[] prefixes) => prefixes.Select(prefix => Of(id, what, $"{prefix} {tail}"));

    /// <summary>A rule whose credential has no text of its own, but stands behind a name: <c>DATADOG_API_KEY=…</c>.</summary>
    public static SecretRule Near(string id, string what, string name, string form)
    {
        var parsed = new SecretForm(form);
        return new SecretRule
        {
            Id = id, What = what, Anchor = name, Form = parsed, IgnoreCase = true, Holds = SecretHolds.Assigned(name),
            Reach = name.Length + Assignment.Longest, HeldReach = name.Length + Assignment.Longest + parsed.Reach,
            Shape = (text, at) => Assignment.Value(text, at + name.Length) is >= 0 and var value && !Assignment.IsPublic(text[at..value]) ? parsed.Here(text, value) : default,
        };
    }

    /// <summary>A rule with code of its own.</summary>
    public static SecretRule Shaped(
        string id, string what, string anchor, SecretShape shape, bool weak = false, bool ignoreCase = false, int distinct = 6, double entropy = 2.6, int reach = 440,
        SecretHold? holds = null, int heldReach = 0) =>
        new()
        {
            Id = id, What = what, Anchor = anchor, Shape = shape, Weak = weak, IgnoreCase = ignoreCase, MinDistinct = distinct, MinEntropy = entropy, Reach = reach,
            Holds = holds ?? SecretHolds.Word, HeldReach = heldReach,
        };
}
