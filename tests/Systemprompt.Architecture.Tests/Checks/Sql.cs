using System.Text.RegularExpressions;

namespace Systemprompt.Architecture.Tests.Checks;

/// <summary>Where SQL stands and whose tables it names.</summary>
internal static partial class Sql
{
    /// <summary>SQL stands in stores, in migrations and in the room that is the database.</summary>
    public static IReadOnlyList<string> MisplacedIn(SourceFile file) =>
        IsPlaceForSql(file)
            ? []
            : [.. StringLiteral.In(file).Where(literal => IsStatement(literal.Text)).Select(literal => $"{literal}: SQL outside a store: {Start(literal.Text)}")];

    /// <summary>Forms that work under <c>dotnet run</c> and not in the published file, or not with prepared statements.</summary>
    public static IReadOnlyList<string> BadFormsIn(SourceFile file) =>
    [
        .. StringLiteral.In(file).Where(literal => InList().IsMatch(literal.Text)).Select(literal => $"{literal}: write '= any(@ids)', not 'in @ids'"),
    ];

    /// <summary>Tables of other rooms in a room's SQL.</summary>
    public static IReadOnlyList<string> ForeignTablesIn(SourceFile file, IReadOnlyCollection<string> schemas)
    {
        var own = file.Room?.ToLowerInvariant();
        var statements = file.Name.EndsWith(".sql", StringComparison.Ordinal)
            ? [(Place: file.Path, Text: WithoutComments(file.Text), IsSql: true)]
            : StringLiteral.In(file).Select(literal => (Place: literal.ToString(), Text: WithoutComments(literal.Text), IsSql: false));
        return
        [
            .. from statement in statements
               from name in Names(statement.Text, statement.IsSql)
               where schemas.Contains(name.Schema) && name.Schema != own
               select $"{statement.Place}: names {name.Schema}.{name.Table}, which belongs to '{name.Schema}'",
        ];
    }

    public static bool IsStatement(string text) =>
        Statement().IsMatch(text) || (char.IsUpper(text.TrimStart().ElementAtOrDefault(1)) && Statement().IsMatch(text.ToLowerInvariant()));

    private static bool IsPlaceForSql(SourceFile file) =>
        file.Name.EndsWith("Store.cs", StringComparison.Ordinal)
        || file.Path.Contains("/Schema/", StringComparison.Ordinal)
        || file.Path.Contains("/Database/", StringComparison.Ordinal);

    // A function that another room offers is its service, not its table.
    private static IEnumerable<(string Schema, string Table)> Names(string text, bool isSql) =>
        (isSql ? Qualified() : AfterKeyword()).Matches(Call().Replace(text, " "))
            .Select(match => (match.Groups["schema"].Value.ToLowerInvariant(), match.Groups["table"].Value))
            .Distinct();

    private static string WithoutComments(string sql) => Comment().Replace(sql, "");

    private static string Start(string text) => text.Trim().Split('\n')[0] is { Length: > 60 } line ? line[..60] + "…" : text.Trim().Split('\n')[0];

    [GeneratedRegex(
        """
        ^\s*(
            select\s[\s\S]+?\sfrom\s | select\s+(\d|now\(|pg_|current_|set_config|[a-z_.]+\()
          | insert\s+into\s | delete\s+from\s | update\s+[\w."{}]+(\s+(as\s+)?\w+)?\s+set\s | merge\s+into\s
          | (create|drop|alter)\s+((unique|unlogged|temp|temporary|or\s+replace|global|local)\s+)*(table|view|materialized\s+view|index|schema|function|role|database|extension|trigger|type|sequence)\s
          | alter\s+system\s | truncate\s+(table\s+)?[\w."{}]+\s*;?\s*$ | copy\s+[\w."{}]+\s*(\(|from\s|to\s) | copy\s+\(
          | (un)?listen\s+["\w{}*]+\s*;?\s*$ | notify\s+["\w{}]+\s*(,|;|$) | with\s+(recursive\s+)?\w+\s*(\([\w,\s]+\)\s*)?as\s+((not\s+)?materialized\s+)?\(
          | lock\s+table\s | grant\s+[\w,\s]+\son\s | revoke\s+[\w,\s]+\son\s
        )
        """,
        RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Statement();

    [GeneratedRegex("""(?i)\bin\s+@\w+""")]
    private static partial Regex InList();

    [GeneratedRegex("""(?<![\w.'])(?<schema>[A-Za-z_]\w*)\.(?<table>[a-z_]\w*)""")]
    private static partial Regex Qualified();

    [GeneratedRegex("""(?i)\b(from|join|into|update|copy|table|view|on|references|truncate|lock|exists|only)\s+"?(?<schema>[a-z_]\w*)"?\."?(?<table>[a-z_]\w*)""")]
    private static partial Regex AfterKeyword();

    [GeneratedRegex("""(?i)\b(select|perform|call|execute\s+(function|procedure)|default)\s+[a-z_]\w*\.[a-z_]\w*\s*\(""")]
    private static partial Regex Call();

    [GeneratedRegex("""--[^\n]*|/\*[\s\S]*?\*/""")]
    private static partial Regex Comment();
}
