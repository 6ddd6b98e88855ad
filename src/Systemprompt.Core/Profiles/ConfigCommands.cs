using System.CommandLine;
using Systemprompt.Cli;
using Systemprompt.Profiles.Binding;
using Systemprompt.Profiles.Reference;

namespace Systemprompt.Profiles;

/// <summary><c>admin config show|validate|schema</c>.</summary>
internal static class ConfigCommands
{
    public static void Map(CommandMap commands)
    {
        var section = new Option<string?>("--section") { Description = "Only this section." };
        commands.Map("admin config show", "Shows every setting of the profile and where it comes from; secrets are masked. What was set live over it shows 'admin config diff'.", "admin config show --section server", [section],
            (call, _) => ShowAsync(call, call.Get(section)));
        commands.Map("admin config validate", "Checks the profile and lists every fault with its place.", "admin config validate", [], ValidateAsync);
        commands.Map("admin config schema", "Prints the JSON Schema of this binary's profiles, for editors. Needs no profile.", "admin config schema", [], SchemaAsync);
    }

    private static Task<int> ShowAsync(CliCall call, string? only)
    {
        var document = call.Profile.Document;
        var sections = document.Sections.Where(section => only is null || section.Key == only).OrderBy(section => section.Key, StringComparer.Ordinal).ToList();
        if (sections.Count == 0)
            throw new CliException($"there is no section '{only}'; there is {string.Join(", ", document.Sections.Select(section => section.Key).Order(StringComparer.Ordinal))}", 2);
        var faults = new List<ProfileFault>();
        var rows = new List<ConfigRow>();
        if (only is null) rows.Add(new ConfigRow("tenant", call.Profile.Tenant, document.Source));
        foreach (var section in sections)
            if (document.Bind(section, faults, out var origins) is { } value) rows.AddRange(ConfigListing.Of(section.Key, value, origins));
        foreach (var fault in faults) call.Output.Notice(fault.ToString());
        call.Output.List(rows, ("key", row => row.Key), ("value", row => row.Value), ("from", row => row.From));
        return Task.FromResult(faults.Count == 0 ? 0 : 1);
    }

    private static Task<int> SchemaAsync(CliCall call, CancellationToken cancellationToken)
    {
        call.Output.Document(ProfileSchema.Of(call.Info.Name, call.Composition.Registry.All));
        return Task.FromResult(0);
    }

    private static Task<int> ValidateAsync(CliCall call, CancellationToken cancellationToken)
    {
        IReadOnlyList<ProfileFault> faults = [];
        var source = "";
        try
        {
            source = call.Profile.Source;
            call.Profile.ResolveAll();
            call.Composition.RegistryFor(call.Profile);
        }
        catch (ProfileException exception)
        {
            faults = exception.Faults;
        }
        catch (Extensions.ExtensionException exception)
        {
            faults = [new ProfileFault(source, 0, 0, exception.Message)];
        }

        if (call.Output.IsJson) call.Output.Document(new { valid = faults.Count == 0, source, faults });
        else if (faults.Count == 0) call.Output.Line($"{source}: valid");
        foreach (var fault in faults) if (!call.Output.IsJson) call.Output.Notice(fault.ToString());
        return Task.FromResult(faults.Count == 0 ? 0 : 1);
    }
}
