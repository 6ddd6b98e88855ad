using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace Systemprompt.Audit.Bodies;

/// <summary>Where bodies of model calls are kept.</summary>
internal enum BodyPlace
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>Sealed, in the database.</summary>
    Postgres,
}

/// <summary>The profile section <c>audit.bodies</c>.</summary>
internal sealed record BodySettings
{
    [Description("Whether what is sent to a model and what it answers is kept: none, or postgres, sealed with key. Of calls that policies refuse nothing is kept.")]
    public BodyPlace Store { get; init; } = BodyPlace.None;

    [Description("How much of a request, and of an answer, is kept; the rest is cut off.")]
    public ByteSize MaxBytes { get; init; } = ByteSize.Kilobytes(256);

    [Range(1, 3650)]
    [Description("How many days bodies are kept. The rows of their calls stay.")]
    public int RetainDays { get; init; } = 30;

    [Secret]
    [Description("Seals the bodies; at least 32 bytes. Without the key that sealed them they cannot be read, so losing it is deleting them.")]
    public string? Key { get; init; }

    internal static void Validate(BodySettings settings, SettingsFaults faults)
    {
        if (settings.MaxBytes.Bytes is < 1024 or > 32 * 1024 * 1024) faults.Add("bodies.max_bytes", "must be from 1KB to 32MB");
        if (settings.Key is { } key && SigningKeys.Weakness(key) is { } weak) faults.Add("bodies.key", weak);
        if (settings is { Store: BodyPlace.Postgres, Key: null }) faults.Add("bodies.key", "is unset while bodies.store is postgres: bodies are kept sealed or not at all");
    }
}
