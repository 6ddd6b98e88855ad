using Systemprompt.Cli;
using Systemprompt.Hosting;

namespace Systemprompt.Extensions;

/// <summary>One thing an extension contributes.</summary>
internal sealed record Contribution(string Kind, string Name, string Detail);

/// <summary>Lists everything an extension contributes, asked through the same contract the host uses.</summary>
internal static class Contributions
{
    public static IReadOnlyList<Contribution> Of(Extension extension, CliCall call)
    {
        var found = new List<Contribution>();
        found.AddRange(extension.Settings.Select(section => new Contribution("settings", section.Key, section.Type.Name)));
        found.AddRange(extension.Migrations.Select(migration => new Contribution("migration", $"{migration.Number:000}_{migration.Name}", $"schema {extension.Id}")));
        found.AddRange(Routes(extension, call));
        found.AddRange(call.Composition.Commands().Where(entry => entry.Extension == extension.Id)
            .Select(entry => new Contribution("command", entry.Path, entry.Description)));
        found.AddRange(extension.HealthChecks.Select(check => new Contribution("health check", check.Name, "")));
        found.AddRange(extension.DoctorChecks.Select(check => new Contribution("doctor check", check.Name, check.NeedsDatabase ? "needs the database" : "")));
        found.AddRange(extension.Instruments.Select(name => new Contribution("instruments", name, "")));
        found.AddRange(extension.Jobs.Select(job => new Contribution("job", job.Kind, string.Join("; ", job.Schedules.Select(schedule => $"{schedule.Cron} {schedule.TimeZone}")))));
        found.AddRange(extension.EventHandlers.Select(handler => new Contribution("event handler", handler.Name, $"{handler.Kind}, {(handler.RunsOnce ? "once" : "on every process")}")));
        found.AddRange(extension.Roles.Select(role => new Contribution("role", role.Name, string.Join(" ", role.Scopes))));
        found.AddRange(extension.Retention.Select(rule => new Contribution("retention", rule.Table, "")));
        found.AddRange(extension.Facts.Select(source => new Contribution("facts", source.Name, $"{string.Join(", ", source.Measures.Select(measure => measure.Name))} by {string.Join(", ", source.Dimensions)}")));
        found.AddRange(extension.Policies.Select(policy => new Contribution("policy", policy.Name, $"order {policy.Order}")));
        found.AddRange(extension.ChatClients.Select(client => new Contribution("chat client", client.Name, client.Description)));
        found.AddRange(extension.RouteSelectors.Select(selector => new Contribution("route selector", selector.Name, $"{selector.Description}{(selector.ReadsBody ? $"{(selector.Description.Length > 0 ? " " : "")}(reads bodies)" : "")}")));
        found.AddRange(extension.FileStorages.Select(storage => new Contribution("file storage", storage.Name, storage.Description)));
        found.AddRange(extension.ContentSources.Select(source => new Contribution("content source", source.Name, $"content/{source.Folder} at {source.UrlPrefix}{(source.Trusted ? ", trusted" : "")}")));
        return found;
    }

    /// <summary>Routes need services to be mapped, and services a profile; without one they are left out and said so.</summary>
    private static IEnumerable<Contribution> Routes(Extension extension, CliCall call)
    {
        if (call.TryRegistry() is not { } registry)
        {
            call.Output.Notice("routes are not shown: no profile is chosen (SYSTEMPROMPT_PROFILE or --profile)");
            return [];
        }

        if (!registry.IsEnabled(extension.Id)) return [];
        return ServerHost.Build(call.Composition, call.Profile).Routes
            .Where(route => route.Extension == extension.Id)
            .Select(route => new Contribution("route", $"{route.Methods} {route.Pattern}", $"{route.Access}"));
    }
}
