using Systemprompt.Extensions;
using Systemprompt.Profiles;
using Systemprompt.Users;

namespace Systemprompt.Analytics;

/// <summary>Makes reports, for commands and routes alike.</summary>
internal sealed class ReportDesk(FactCatalogue catalogue, FactStore store, IUsers users, TimeProvider clock)
{
    private const string Day = "day";
    private const string Team = "team";
    private const string User = "user";
    private const string Bot = "bot";

    public IReadOnlyCollection<FactSource> Sources => catalogue.All;

    /// <exception cref="ReportException">It cannot be made as asked.</exception>
    public Task<ReportTable> MakeAsync(ReportSpec spec, ReportRequest request, CancellationToken cancellationToken)
    {
        var source = catalogue.Find(spec.Source) ?? throw new ReportException("report", $"'{spec.Name}' needs the extension '{spec.Source.Split('.')[0]}', which this profile disables");
        return MakeAsync(spec, source, request, cancellationToken);
    }

    /// <summary>A report over any source, with all its measures.</summary>
    /// <exception cref="ReportException">It cannot be made as asked.</exception>
    public Task<ReportTable> ShowAsync(string name, ReportRequest request, CancellationToken cancellationToken)
    {
        var source = catalogue.Require(name);
        return MakeAsync(new ReportSpec(source.Name, source.Title, "", source.Name, source.Dimensions.Count > 0 ? source.Dimensions[0] : Day, [.. source.Measures.Select(measure => measure.Name)]), source, request, cancellationToken);
    }

    /// <summary>AI clients: their sessions and tool calls, and the model calls that came from them.</summary>
    /// <exception cref="ReportException">It cannot be made as asked.</exception>
    public async Task<ReportTable> AgentsAsync(ReportRequest request, CancellationToken cancellationToken)
    {
        string[] known = ["client", "version", User, Day];
        var by = Known(request.By.Count > 0 ? request.By : ["client", "version"], known);
        var (from, to) = request.Range(clock.GetUtcNow());
        FactMeasure[] measures =
            [new("sessions"), new("model_calls"), new("tool_calls"), new("input_tokens"), new("output_tokens"), new("cost_microdollars", FactUnit.Microdollars), new("cost_unknown")];
        var fold = new ReportFold(from, to, measures.Length);
        if (catalogue.Find("analytics.sessions") is { } sessions)
        {
            var query = new FactQuery(sessions, from, to) { By = ["client", "version", User], Where = [("kind", "client")] };
            foreach (var group in await store.QueryAsync(query, cancellationToken))
                Add(group.Day, group.Keys, [Sum(sessions, group, "sessions"), 0, Sum(sessions, group, "tool_calls"), 0, 0, 0, 0]);
        }

        if (catalogue.Find("ai.calls") is { } calls)
        {
            foreach (var group in await store.QueryAsync(new FactQuery(calls, from, to) { By = ["client", User] }, cancellationToken))
            {
                var agent = ClientAgent.Parse(group.Keys[0] ?? "");
                Add(group.Day, [agent.Name, agent.Version, group.Keys[1]],
                    [0, Sum(calls, group, "calls"), 0, Sum(calls, group, "input_tokens"), Sum(calls, group, "output_tokens"), Sum(calls, group, "cost_microdollars"), Sum(calls, group, "cost_unknown")]);
            }
        }

        return Table("agents", "AI clients", from, to, by, measures, 1, fold, request.Limit);

        void Add(DateOnly day, IReadOnlyList<string?> keys, long[] sums)
        {
            fold.Add(day, [.. by.Select(name => name == Day ? Text(day) : keys[Array.IndexOf(known, name)])], sums);
            fold.AddToTotal(day, sums);
        }
    }

    private async Task<ReportTable> MakeAsync(ReportSpec spec, FactSource source, ReportRequest request, CancellationToken cancellationToken)
    {
        string[] known = [.. source.Dimensions, Day, .. source.Dimensions.Contains(User) ? (string[])[Team] : []];
        var by = Known(request.By.Count > 0 ? request.By : [spec.By], known);
        var (from, to) = request.Range(clock.GetUtcNow());
        var asked = by.Where(name => name is not (Day or Team)).Concat(by.Contains(Team) ? [User] : []).Distinct().ToList();
        var where = spec.Where.ToList();
        if (spec.LeavesBotsOut && !request.Bots && !asked.Contains(Bot)) where.Add((Bot, null));
        var measures = spec.Measures.Select(name => source.Measures.First(measure => measure.Name == name)).ToList();
        var groups = await store.QueryAsync(new FactQuery(source, from, to) { By = asked, Where = where }, cancellationToken);
        var teams = by.Contains(Team) ? await TeamsAsync(groups.Select(group => group.Keys[asked.IndexOf(User)]), cancellationToken) : [];
        var fold = new ReportFold(from, to, measures.Count);
        foreach (var group in groups)
        {
            long[] sums = [.. measures.Select(measure => Sum(source, group, measure.Name))];
            fold.AddToTotal(group.Day, sums);
            foreach (var team in by.Contains(Team) ? teams.GetValueOrDefault(group.Keys[asked.IndexOf(User)] ?? "", [null]) : [null])
                fold.Add(group.Day, [.. by.Select(name => name == Day ? Text(group.Day) : name == Team ? team : group.Keys[asked.IndexOf(name)])], sums);
        }

        return Table(spec.Name, spec.Title, from, to, by, measures, measures.FindIndex(measure => measure.Name == source.Measures[0].Name) is >= 0 and var count ? count : 0, fold, request.Limit);
    }

    /// <summary>Each user's teams. One of several counts in each.</summary>
    private async Task<Dictionary<string, IReadOnlyList<string?>>> TeamsAsync(IEnumerable<string?> logins, CancellationToken cancellationToken) =>
        (await users.FindManyAsync([.. logins.OfType<string>().Distinct()], cancellationToken)).Where(user => user.Teams.Count > 0).ToDictionary(user => user.Login, user => (IReadOnlyList<string?>)user.Teams);

    private static ReportTable Table(string name, string title, DateTimeOffset from, DateTimeOffset to, IReadOnlyList<string> by, IReadOnlyList<FactMeasure> measures, int countAt, ReportFold fold, int limit)
    {
        var rows = fold.Rows(by[0] == Day, limit);
        return new ReportTable { Name = name, Title = title, From = from, To = to, By = by, Measures = measures, CountAt = countAt, Rows = rows, Total = fold.Total, More = fold.Count - rows.Count };
    }

    private static IReadOnlyList<string> Known(IReadOnlyList<string> by, string[] known)
    {
        foreach (var name in by)
            if (!known.Contains(name))
                throw new ReportException("by", $"'{name}' is none of {string.Join(", ", known)}{(Suggestion.Nearest(name, known) is { } nearest ? $"; did you mean '{nearest}'?" : "")}");
        return [.. by.Distinct()];
    }

    private static long Sum(FactSource source, FactGroup group, string measure)
    {
        for (var at = 0; at < source.Measures.Count; at++)
            if (source.Measures[at].Name == measure) return group.Sums[at];
        return 0;
    }

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
}
