using System.Globalization;
using System.Text.RegularExpressions;
using Systemprompt.Profiles;
using Systemprompt.Profiles.Yaml;

namespace Systemprompt.Content;

/// <summary>Reads front matter strictly: every key is known, every value fits, every fault has its place.</summary>
internal sealed partial class FrontMatterReader
{
    private static readonly YamlUse Use = new("front matter", "title");
    private static readonly string[] Dates = ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ssK"];
    private readonly string _file;
    private readonly List<ProfileFault> _faults;

    private FrontMatterReader(string file, List<ProfileFault> faults) => (_file, _faults) = (file, faults);

    /// <summary>Splits a file and reads its front matter; null when that has faults.</summary>
    /// <param name="file">The file as faults name it.</param>
    /// <param name="text">Its text, with line feeds only.</param>
    /// <param name="faults">Gets what is wrong.</param>
    /// <param name="body">The Markdown, with as many empty lines before it as keep its line numbers those of the file.</param>
    public static FrontMatter? Read(string file, string text, List<ProfileFault> faults, out string body)
    {
        body = text;
        if (!text.StartsWith("---\n", StringComparison.Ordinal)) return new FrontMatter();
        var end = text.StartsWith("---\n---\n", StringComparison.Ordinal) ? 3 : End().Match(text, 3) is { Success: true } match ? match.Index : -1;
        if (end < 0)
        {
            faults.Add(new ProfileFault(file, 1, 1, "front matter begins here and does not end: close it with a line '---'"));
            return null;
        }

        var close = text.IndexOf('\n', end + 1);
        body = new string('\n', text.AsSpan(0, close < 0 ? text.Length : close + 1).Count('\n')) + (close < 0 ? "" : text[(close + 1)..]);
        if (end == 3) return new FrontMatter();
        // The opening line becomes an empty one, so that places are those of the file.
        var yaml = "\n" + text[4..end];
        var count = faults.Count;
        if (yaml.AsSpan().IsWhiteSpace()) return new FrontMatter();
        if (YamlReader.Read(file, yaml, faults, Use) is not { } root) return null;
        var front = new FrontMatterReader(file, faults).Bind(root);
        return faults.Count == count ? front : null;
    }

    private FrontMatter Bind(YamlMap root)
    {
        foreach (var entry in root.Entries)
            if (!FrontMatter.Keys.Contains(entry.Key)) Fault(entry.Place, Suggestion.UnknownKey(entry.Key, FrontMatter.Keys));
        return new FrontMatter
        {
            Title = Text(root, "title", 300),
            Summary = Text(root, "summary", 1000),
            Kind = Word(root, "kind"),
            Category = Text(root, "category", 100),
            Tags = [.. List(root, "tags").Select(item => Checked(item, Tag().IsMatch(item.Value.ToLowerInvariant()), "is no tag: letters, digits, '-', '_', '.', '+' and '#', at most 40").ToLowerInvariant()).Distinct()],
            Draft = Switch(root, "draft"),
            Published = Date(root, "published"),
            Updated = Date(root, "updated"),
            Language = Find(root, "language") is { } language ? Checked(language, Languages.IsKnown(language.Value), $"is no language known here; {Languages.Known}") : null,
            Slug = Find(root, "slug") is { } slug ? Checked(slug, ContentPath.IsSlug(slug.Value), "is no slug: a-z, 0-9, '-', '_' and '.', starting with a letter or digit, at most 100") : null,
            RedirectFrom = [.. List(root, "redirect_from").Select(item => new RedirectFrom(
                Checked(item, ContentPath.IsUrl(item.Value), "is no address of this site, such as /docs/old-name"), item.Place.Line, item.Place.Column))],
        };
    }

    private YamlText? Find(YamlMap root, string key)
    {
        if (root.Find(key) is not { } entry) return null;
        if (entry.Value is YamlText { IsNull: false } text && text.Value.Length > 0) return text;
        Fault(entry.Value.Place, entry.Value is YamlText ? $"{key}: has no value; give it one or leave the key out" : $"{key}: must be text");
        return null;
    }

    private string? Text(YamlMap root, string key, int longest)
    {
        if (Find(root, key) is not { } text) return null;
        var value = text.Value.Trim();
        return value.Length == 0 ? Checked(text, false, $"{key} is empty") : value.Length > longest ? Checked(text with { Value = "…" }, false, $"{key} is longer than {longest} characters")
            : value.Any(char.IsControl) ? Checked(text with { Value = "…" }, false, $"{key} holds a control character; it is one line of text") : value;
    }

    private string? Word(YamlMap root, string key) =>
        Find(root, key) is { } text ? Checked(text, SourceCatalogue.Name().IsMatch(text.Value), $"is no {key}: a-z, 0-9, '-' and '_', starting with a letter, at most 40") : null;

    private bool Switch(YamlMap root, string key) =>
        Find(root, key) is { } text && Checked(text, text.Value is "true" or "false" or "on" or "off" or "yes" or "no", $"is neither true nor false") is "true" or "on" or "yes";

    private DateTimeOffset? Date(YamlMap root, string key)
    {
        if (Find(root, key) is not { } text) return null;
        if (DateTimeOffset.TryParseExact(text.Value, Dates, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date)) return date;
        Fault(text.Place, $"{key}: '{Short(text.Value)}' is no date such as 2026-03-31 or 2026-03-31T09:00+02:00 (UTC unless it says otherwise)");
        return null;
    }

    private List<YamlText> List(YamlMap root, string key)
    {
        if (root.Find(key) is not { } entry) return [];
        var items = entry.Value is YamlList list ? list.Items : [entry.Value];
        foreach (var item in items)
            if (item is not YamlText { IsNull: false }) Fault(item.Place, $"{key}: must be a list of texts");
        if (items.Count > 50) Fault(entry.Place, $"{key}: {items.Count} are too many; at most 50");
        return [.. items.OfType<YamlText>().Where(item => !item.IsNull)];
    }

    private string Checked(YamlText text, bool fits, string fault)
    {
        if (!fits) Fault(text.Place, $"'{Short(text.Value)}' {fault}");
        return text.Value;
    }

    private void Fault(YamlPlace place, string message) => _faults.Add(new ProfileFault(_file, place.Line, place.Column, message));

    private static string Short(string value) => value.Length <= 60 ? value : value[..60] + "…";

    [GeneratedRegex(@"\n---[ \t]*(?=\n|\z)")]
    private static partial Regex End();

    [GeneratedRegex(@"\A[\p{L}\p{Nd}][\p{L}\p{Nd}._+#-]{0,39}\z")]
    private static partial Regex Tag();
}
