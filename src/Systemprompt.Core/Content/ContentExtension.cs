using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Content;

/// <summary>
/// Content: Markdown files below <c>content/</c>, on disk or inside the binary, taken into PostgreSQL, where they are versioned, listed and searched.
/// </summary>
/// <remarks>
/// <para><b>In.</b> Extensions name their folders (<see cref="ContentSource"/>, <see cref="SourceCatalogue"/>). <see cref="ContentReader"/> reads the
/// files and their front matter, <see cref="MarkdownRenderer"/> makes HTML that is safe to show, <see cref="ContentIngest"/> writes what has changed.
/// <see cref="ContentLoop"/> does that at start, and when watched files change. A digest of the whole tree makes the usual start a look.</para>
/// <para><b>Out.</b> <see cref="IContent"/> is what other parts use; the site's engine renders pages, feed and sitemap from it.
/// <see cref="ContentSearcher"/> understands a query through <c>content.words</c>, the words of all that everybody may see, and lets PostgreSQL find
/// and rank; <see cref="Snippet"/> marks what was found.</para>
/// </remarks>
[Extension("content", Description = "Markdown content: ingest, versions, search.")]
internal sealed class ContentExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["database", "scheduler"];

    public override int Priority => 60;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<ContentSettings>("content", ContentSettings.Validate)];

    public override IReadOnlyList<JobRegistration> Jobs =>
    [
        new JobRegistration<IngestJob, NoArgs>(IngestJob.Kind) { Description = "Takes content in from the files of the process that runs it." },
        new JobRegistration<DueJob, NoArgs>(DueJob.Kind) { Description = "Lets the words of what has been published by its date be suggested.", Schedules = [new JobSchedule("often", "*/10 * * * *")] },
    ];

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddSingleton(_ => profile.Section<ContentSettings>());
        services.AddSingleton<SourceCatalogue>();
        services.AddSingleton<ContentReader>();
        services.AddSingleton<MarkdownRenderer>();
        services.AddSingleton<IngestStore>();
        services.AddSingleton<ContentIngest>();
        services.AddSingleton<ContentLoop>();
        services.AddSingleton<ItemStore>();
        services.AddSingleton<SearchStore>();
        services.AddSingleton<ContentSearcher>();
        services.AddSingleton<IContent, ContentLibrary>();
    }

    public override void MapRoutes(RouteMap routes) => ContentEndpoints.Map(routes);

    public override void MapCommands(CommandMap commands) => ContentCommands.Map(commands);

    public override async ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        await services.GetRequiredService<ContentLoop>().StartAsync(cancellationToken);

    public override async ValueTask StopAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        await services.GetRequiredService<ContentLoop>().StopAsync();
}
