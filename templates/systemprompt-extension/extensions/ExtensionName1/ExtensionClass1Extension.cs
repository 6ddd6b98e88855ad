using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace ExtensionName1;

/// <summary>
/// Keeps entries: a table (Schema/), routes under /api/v1/extension-path1, the command `extension-path1 list`, a job, and the section
/// `extension_id1` of the profile. Being referenced by the host is all it takes to be compiled in.
/// </summary>
[Extension("extension_id1", Description = "Keeps entries.")]
public sealed class ExtensionClass1Extension : Extension
{
    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<ExtensionClass1Settings>("extension_id1")];

    public override IReadOnlyList<JobRegistration> Jobs =>
        [new JobRegistration<CountWords, CountWordsArgs>(CountWords.Kind) { Description = "Counts the words of an entry." }];

    public override IReadOnlyList<Role> Roles => [new("extension_id1.editor", ["extension-path1:write"], "Removes entries.")];

    public override void ConfigureServices(IServiceCollection services, Profile profile) => services.AddSingleton<ExtensionClass1Store>();

    public override void MapRoutes(RouteMap routes) => ExtensionClass1Endpoints.Map(routes);

    public override void MapCommands(CommandMap commands) => ExtensionClass1Commands.Map(commands);
}
