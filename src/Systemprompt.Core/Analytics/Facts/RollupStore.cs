using Systemprompt.Extensions;

namespace Systemprompt.Analytics;

/// <summary>The statement that sums a day of a source up.</summary>
internal static class RollupStore
{
    /// <summary>How many values of a loose dimension a day keeps, and how many combinations of its loose dimensions.</summary>
    public const int MostValues = 1000, MostCombinations = 10_000;

    public const string Other = "(other)";

    public static string Of(FactSource source) =>
        $"""
         {Bounds(source, out var facts)}
         insert into analytics.daily (tenant, day, source, dimensions, measures)
         select @tenant, @day, @source, jsonb_build_object({Pairs(source.Dimensions, static name => $"{FactStore.Quote(name)}::text")}),
                jsonb_build_object({Pairs(source.Measures.Select(measure => measure.Name), static name => $"sum({FactStore.Quote(name)})::bigint")})
           from {facts}
          {(source.Dimensions.Count > 0 ? $"group by {List(source.Dimensions.Select(FactStore.Quote))}" : "having count(*) > 0")}
         """;

    /// <summary>Values that count little become <see cref="Other"/> before they are grouped, so that what anybody makes up has no rows without end.</summary>
    private static string Bounds(FactSource source, out string facts)
    {
        facts = source.Loose.Count == 0 ? $"({source.Sql}) facts" : "joint";
        if (source.Loose.Count == 0) return "";
        var (loose, first) = (source.Loose.Select(FactStore.Quote).ToList(), FactStore.Quote(source.Measures[0].Name));
        return $"""
            with facts as materialized (
                select {List(source.Dimensions.Select(name => $"{FactStore.Quote(name)}::text as {FactStore.Quote(name)}"))}, {List(source.Measures.Select(measure => FactStore.Quote(measure.Name)))}
                  from ({source.Sql}) each
            ), single as materialized (
                select {Rest(source, source.Loose)}{List(loose.Select(name => $"case when {name} is null or {name} in (select {name} from facts where {name} is not null group by 1 order by sum({first}) desc, 1 limit {MostValues}) then {name} else '{Other}' end as {name}"))}
                  from facts s
            ), most as (
                select {List(loose.Select(name => $"coalesce({name}, '') as {name}"))} from single group by {List(Enumerable.Range(1, loose.Count).Select(at => $"{at}"))} order by sum({first}) desc, {List(loose)} limit {MostCombinations}
            ), joint as (
                select {Rest(source, [.. source.Loose.Skip(1)])}{List(loose.Skip(1).Select(name => $"case when s.{name} is null or m is not null then s.{name} else '{Other}' end as {name}").DefaultIfEmpty("1 as one"))}
                  from single s
                  left join most m on {string.Join(" and ", loose.Select(name => $"m.{name} = coalesce(s.{name}, '')"))}
            )
            """;
    }

    /// <summary>Columns that stay as they are.</summary>
    private static string Rest(FactSource source, IReadOnlyList<string> changed) =>
        string.Concat(source.Dimensions.Except(changed).Concat(source.Measures.Select(measure => measure.Name)).Select(name => $"s.{FactStore.Quote(name)}, "));

    private static string List(IEnumerable<string> columns) => string.Join(", ", columns);

    private static string Pairs(IEnumerable<string> names, Func<string, string> value) => string.Join(", ", names.Select(name => $"'{name}', {value(name)}"));
}
