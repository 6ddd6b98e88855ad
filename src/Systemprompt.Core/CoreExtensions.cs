using Systemprompt.Extensions;

namespace Systemprompt;

/// <summary>The parts that ship in this package: the kernel's own and the rooms', registered through the contract that a customer uses.</summary>
internal static class CoreExtensions
{
    public static IReadOnlyList<Extension> Create() =>
    [
        new ListingExtension(),
        new Hosting.HostingExtension(),
        new Logging.LoggingExtension(),
        new Profiles.ProfilesExtension(),
        new Database.DatabaseExtension(),
        new Security.SecurityExtension(),
        new Http.HttpExtension(),
    ];
}
