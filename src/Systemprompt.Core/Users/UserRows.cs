namespace Systemprompt.Users;

/// <summary>A person or a machine.</summary>
internal sealed record UserRow
{
    public string Login { get; init; } = "";

    /// <summary><c>person</c> or <c>service</c>.</summary>
    public string Kind { get; init; } = "person";

    public string Tier { get; init; } = "user";

    /// <summary><c>active</c>, <c>suspended</c> or <c>deleted</c>.</summary>
    public string Status { get; init; } = "active";

    public string? DisplayName { get; init; }

    public string? Email { get; init; }

    public string[] Roles { get; init; } = [];

    public string[] Teams { get; init; } = [];

    public DateTime CreatedAt { get; init; }
}

/// <summary>A team.</summary>
internal sealed record TeamRow
{
    public string Name { get; init; } = "";

    public string? Description { get; init; }

    public string[] Members { get; init; } = [];

    public DateTime CreatedAt { get; init; }
}

/// <summary>An access key, without what is secret of it.</summary>
internal sealed record KeyRow
{
    public string Prefix { get; init; } = "";

    public string Login { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>What calls with it count for unless they say otherwise; null for none.</summary>
    public string? Project { get; init; }

    public DateTime CreatedAt { get; init; }

    public DateTime? ExpiresAt { get; init; }
}

/// <summary>A range of addresses that is turned away.</summary>
internal sealed record BanRow
{
    /// <summary>In CIDR form.</summary>
    public string Range { get; init; } = "";

    public string Reason { get; init; } = "";

    public DateTime BannedAt { get; init; }

    public string BannedBy { get; init; } = "";

    /// <summary>Null: until somebody lifts it.</summary>
    public DateTime? Until { get; init; }
}

/// <summary>A change to a user, a team, a key or a ban.</summary>
internal sealed record ChangeRow
{
    public DateTime At { get; init; }

    public string Subject { get; init; } = "";

    public string Change { get; init; } = "";

    public string? Detail { get; init; }

    public string ByWhom { get; init; } = "";
}

/// <summary>What the event <c>users.changed</c> says.</summary>
internal sealed record UserChange(string Subject, string Change, string By);
