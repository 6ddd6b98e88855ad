using System.Globalization;

namespace Systemprompt.Profiles.Binding;

/// <summary>Reads a value from the text a profile writes it in, and writes it back.</summary>
internal static class ValueText
{
    /// <summary>The longest duration a profile can hold: about ten years.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    /// <summary>The value, or null and what would be right.</summary>
    public static object? Parse(Type type, string text, out string? expected)
    {
        expected = null;
        if (type == typeof(string)) return text;
        object? value =
            type == typeof(bool) ? Bool(text)
            : type == typeof(int) ? int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null
            : type == typeof(long) ? long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var large) ? large : null
            : type == typeof(double) ? double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real) ? real : null
            : type == typeof(decimal) ? decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact) ? exact : null
            : type == typeof(TimeSpan) ? Duration(text)
            : type == typeof(ByteSize) ? Size(text)
            : type == typeof(Uri) ? Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? new Uri(text) : null
            : type.IsEnum ? Choice(type, text)
            : throw new NotSupportedException($"settings of type {type.FullName} are not supported");
        if (value is null) expected = Expected(type, text);
        return value;
    }

    /// <summary>What a type's values look like.</summary>
    public static string Describe(Type type) =>
        type == typeof(bool) ? "true or false"
        : type == typeof(int) || type == typeof(long) ? "a whole number"
        : type == typeof(double) || type == typeof(decimal) ? "a number"
        : type == typeof(TimeSpan) ? "a duration such as 500ms, 30s, 5m, 12h or 7d"
        : type == typeof(ByteSize) ? "a size such as 512, 64KB, 32MB or 1GB"
        : type == typeof(Uri) ? "an http or https address"
        : type.IsEnum ? string.Join(", ", Choices(type))
        : "text";

    public static IReadOnlyList<string> Choices(Type type) => [.. Enum.GetNames(type).Select(SettingsType.Key)];

    /// <summary>The text a value would be written as.</summary>
    public static string Show(object? value) => value switch
    {
        null => "",
        bool flag => flag ? "true" : "false",
        TimeSpan time => Duration(time),
        Enum choice => SettingsType.Key(choice.ToString()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Expected(Type type, string text) =>
        type.IsEnum && Suggestion.Nearest(text, Choices(type)) is { } nearest ? $"one of {Describe(type)}; did you mean '{nearest}'?"
        : type.IsEnum ? $"one of {Describe(type)}"
        : Describe(type);

    /// <summary>on and off too, since switches are often set from the environment.</summary>
    private static bool? Bool(string text) => text.ToLowerInvariant() switch
    {
        "true" or "on" or "yes" => true,
        "false" or "off" or "no" => false,
        _ => null,
    };

    private static object? Choice(Type type, string text)
    {
        foreach (var name in Enum.GetNames(type))
            if (SettingsType.Key(name) == text) return Enum.Parse(type, name);
        return null;
    }

    private static TimeSpan? Duration(string text)
    {
        var unit = text.Length - text.AsSpan().TrimStart("0123456789.").Length;
        if (unit == 0 || !decimal.TryParse(text.AsSpan(0, unit), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return null;
        var ticks = text[unit..] switch
        {
            "ms" => TimeSpan.TicksPerMillisecond,
            "s" => TimeSpan.TicksPerSecond,
            "m" => TimeSpan.TicksPerMinute,
            "h" => TimeSpan.TicksPerHour,
            "d" => TimeSpan.TicksPerDay,
            _ => 0,
        };
        return ticks > 0 && number <= (decimal)Longest.Ticks / ticks ? TimeSpan.FromTicks((long)(number * ticks)) : null;
    }

    private static string Duration(TimeSpan time) =>
        time == TimeSpan.Zero ? "0s"
        : time.Ticks % TimeSpan.TicksPerDay == 0 ? $"{time.Ticks / TimeSpan.TicksPerDay}d"
        : time.Ticks % TimeSpan.TicksPerHour == 0 ? $"{time.Ticks / TimeSpan.TicksPerHour}h"
        : time.Ticks % TimeSpan.TicksPerMinute == 0 ? $"{time.Ticks / TimeSpan.TicksPerMinute}m"
        : time.Ticks % TimeSpan.TicksPerSecond == 0 ? $"{time.Ticks / TimeSpan.TicksPerSecond}s"
        : ((decimal)time.Ticks / TimeSpan.TicksPerMillisecond).ToString("0.####'ms'", CultureInfo.InvariantCulture);

    private static ByteSize? Size(string text)
    {
        var (digits, factor) = text.EndsWith("GB", StringComparison.Ordinal) ? (text[..^2], 1L << 30)
            : text.EndsWith("MB", StringComparison.Ordinal) ? (text[..^2], 1L << 20)
            : text.EndsWith("KB", StringComparison.Ordinal) ? (text[..^2], 1L << 10)
            : (text, 1L);
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= long.MaxValue / factor ? new ByteSize(count * factor) : null;
    }
}
