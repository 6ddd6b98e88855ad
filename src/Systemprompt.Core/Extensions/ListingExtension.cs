using System.CommandLine;
using Systemprompt.Cli;

namespace Systemprompt.Extensions;

/// <summary><c>extensions list|show</c>: what is compiled in, and everything each part contributes.</summary>
[Extension("extensions", Description = "Lists what is compiled into this binary.")]
internal sealed class ListingExtension : CoreExtension
{
    public override int Priority => 0;

    public override bool IsRequired => true;

    public override void MapCommands(CommandMap commands)
    {
        commands.Map("extensions list", "Lists every extension in this binary, in start order.", "extensions list", [], ListAsync);
        var id = new Argument<string>("id") { Description = "The extension's id." };
        commands.Map("extensions show", "Shows everything an extension contributes.", "extensions show database", [id], (call, _) => ShowAsync(call, call.Get(id)!));
    }

    private static Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        var registry = call.TryRegistry();
        call.Output.List(
            call.Composition.Registry.All.Select(extension => ExtensionListing.Of(extension, registry)).ToList(),
            ("id", row => row.Id),
            ("enabled", row => row.Enabled),
            ("required", row => row.Required),
            ("depends on", row => string.Join(", ", row.Dependencies)),
            ("assembly", row => row.Assembly),
            ("description", row => row.Description));
        return Task.FromResult(0);
    }

    private static Task<int> ShowAsync(CliCall call, string id)
    {
        var extension = call.Composition.Registry.All.FirstOrDefault(extension => extension.Id == id)
            ?? throw new CliException($"there is no extension '{id}' in this binary; 'extensions list' shows what there is");
        var contributions = Contributions.Of(extension, call);
        if (call.Output.IsJson)
        {
            call.Output.Document(new { extension = ExtensionListing.Of(extension, call.TryRegistry()), contributions });
            return Task.FromResult(0);
        }

        call.Output.Item(
            ExtensionListing.Of(extension, call.TryRegistry()),
            ("id", row => row.Id), ("description", row => row.Description), ("type", _ => extension.GetType().FullName), ("assembly", row => row.Assembly),
            ("enabled", row => row.Enabled), ("required", row => row.Required), ("priority", _ => extension.Priority), ("depends on", row => string.Join(", ", row.Dependencies)));
        call.Output.List(contributions, ("kind", row => row.Kind), ("name", row => row.Name), ("detail", row => row.Detail));
        return Task.FromResult(0);
    }
}

internal sealed record ExtensionListing(string Id, string Description, bool? Enabled, bool Required, IReadOnlyList<string> Dependencies, string Assembly)
{
    public static ExtensionListing Of(Extension extension, ExtensionRegistry? registry) => new(
        extension.Id, extension.Description, registry?.IsEnabled(extension.Id), extension.IsRequired, extension.Dependencies, extension.GetType().Assembly.GetName().Name ?? "");
}
