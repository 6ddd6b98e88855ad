using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Http;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace Systemprompt.Users;

/// <summary>
/// People, machines, teams, access keys, invitations, banned addresses, and the record of every change to them.
/// </summary>
/// <remarks>
/// A token says who its holder is; this room says who may no longer come in, and gives out keys and invitations. What decides is in memory on every
/// replica (<see cref="AccessControl"/>): the kernel asks it for each address, each credential and each holder, through seams of its own
/// (<see cref="IAddressGate"/>, <see cref="IKeyVerifier"/>, <see cref="ISubjectGate"/>), and it asks no table. <see cref="AccessFeed"/> keeps it as
/// the tables are. <see cref="UserDirectory"/> and <see cref="AccessDesk"/> change them.
/// </remarks>
[Extension("users", Description = "Users, teams, access keys, invitations, banned addresses.")]
internal sealed class UsersExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["database", "security"];

    public override int Priority => 30;

    public override bool IsRequired => true;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<UsersSettings>("users", UsersSettings.Validate)];

    public override IReadOnlyList<RetentionRule> Retention => [new("users.changes", static profile => profile.Section<UsersSettings>().KeepChanges)];

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddSingleton(_ => profile.Section<UsersSettings>());
        services.AddSingleton<RoleCatalogue>();
        services.AddSingleton<AccessControl>();
        services.AddSingleton<IAddressGate>(static provider => provider.GetRequiredService<AccessControl>());
        services.AddSingleton<ISubjectGate>(static provider => provider.GetRequiredService<AccessControl>());
        services.AddSingleton<IKeyVerifier>(static provider => provider.GetRequiredService<AccessControl>());
        services.AddSingleton<IMemberships>(static provider => provider.GetRequiredService<AccessControl>());
        services.AddSingleton<AccessStore>();
        services.AddSingleton<AccessFeed>();
        services.AddSingleton<IMembershipReader>(static provider => provider.GetRequiredService<AccessFeed>());
        services.AddSingleton<AccessDesk>();
        services.AddSingleton<KeySearch>();
        services.AddSingleton<UserStore>();
        services.AddSingleton<UserDirectory>();
        services.AddSingleton<IUsers>(static provider => provider.GetRequiredService<UserDirectory>());
        services.AddSingleton<UserImport>();
    }

    public override void MapRoutes(RouteMap routes)
    {
        UsersEndpoints.Map(routes);
        LoginPage.Map(routes);
    }

    public override void MapCommands(CommandMap commands)
    {
        UsersCommands.Map(commands);
        TeamCommands.Map(commands);
        KeyCommands.Map(commands);
        BanCommands.Map(commands);
    }

    public override async ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        await services.GetRequiredService<AccessFeed>().StartAsync(cancellationToken);
}
