using Microsoft.Extensions.DependencyInjection;

namespace Systemprompt.Analytics;

/// <summary>A source of figures as listings show it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Title">For people.</param>
/// <param name="Dimensions">What it can be told apart by.</param>
/// <param name="Measures">What is added up.</param>
/// <param name="FirstDay">The first day whose sums hold anything.</param>
/// <param name="LastDay">The last day that is summed up.</param>
/// <param name="SummedAt">When that was.</param>
internal sealed record SourceView(string Name, string Title, IReadOnlyList<string> Dimensions, IReadOnlyList<string> Measures, string? FirstDay, string? LastDay, DateTime? SummedAt)
{
    public static async Task<IReadOnlyList<SourceView>> AllAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var store = services.GetRequiredService<FactStore>();
        var views = new List<SourceView>();
        foreach (var source in services.GetRequiredService<FactCatalogue>().All)
        {
            var days = await store.StateAsync(source, cancellationToken);
            views.Add(new SourceView(source.Name, source.Title, source.Dimensions, [.. source.Measures.Select(measure => measure.Name)], days.FirstWithRows?.ToString("O"), days.Last?.ToString("O"), days.At));
        }

        return views;
    }
}
