using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Profiles;

internal enum SampleMode
{
    Fast,
    VerySlow,
    A2A,
}

/// <summary>A section with every kind of setting.</summary>
internal sealed record SampleSettings
{
    [Required]
    [Description("What it is called.")]
    public string Name { get; init; } = "";

    [Range(1, 100)]
    public int Count { get; init; } = 10;

    public bool Enabled { get; init; } = true;

    public double Ratio { get; init; } = 0.5;

    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(30);

    public ByteSize Size { get; init; } = ByteSize.Megabytes(1);

    public Uri? Address { get; init; }

    public SampleMode Mode { get; init; } = SampleMode.VerySlow;

    [Secret]
    [MinLength(8)]
    public string? Key { get; init; }

    [MinLength(1)]
    public IReadOnlyList<string> Tags { get; init; } = ["one"];

    public IReadOnlyList<int> Numbers { get; init; } = [];

    public IReadOnlyDictionary<string, PartSettings> Parts { get; init; } = new Dictionary<string, PartSettings>();

    public PartSettings Inner { get; init; } = new() { Low = 3, High = 9, Note = "documented" };
}

internal sealed record PartSettings
{
    public int Low { get; init; }

    public int High { get; init; } = 5;

    public string? Note { get; init; }

    [Secret]
    public string? Token { get; init; }
}

/// <summary>A section with checks of its own.</summary>
internal sealed record OtherSettings
{
    public IReadOnlyList<PartSettings> Ranges { get; init; } = [];

    public string Text { get; init; } = "";

    public static void Validate(OtherSettings settings, SettingsFaults faults)
    {
        for (var index = 0; index < settings.Ranges.Count; index++)
            if (settings.Ranges[index].Low > settings.Ranges[index].High) faults.Add($"ranges[{index}].high", "must not be less than low");
        if (settings.Text == "wrong") faults.Add("text", "must be right");
    }
}

internal static class SampleProfile
{
    public static IReadOnlyList<SettingsSection> Sections { get; } =
        [SettingsSection.Of<SampleSettings>("sample"), SettingsSection.Of<OtherSettings>("other", OtherSettings.Validate)];

    public static Profile Load(string text, Func<string, string?>? variables = null) =>
        new(ProfileLoader.Parse("test", "profile.yaml", text, Sections, variables ?? (_ => null)));
}
