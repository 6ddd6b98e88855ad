using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;

namespace ExtensionName1;

/// <summary>The commands. They share the server's container, so they share its code.</summary>
internal static class ExtensionClass1Commands
{
    public static void Map(CommandMap commands)
    {
        var limit = new Option<int>("--limit") { Description = "How many, newest first.", DefaultValueFactory = _ => 20 };
        commands.Map("extension-path1 list", "List entries.", "extension-path1 list --limit 5", [limit], async (call, cancellationToken) =>
        {
            var store = (await call.ServicesAsync(cancellationToken)).GetRequiredService<ExtensionClass1Store>();
            call.Output.List(
                await store.ListAsync(Math.Clamp(call.Get(limit), 1, 500)),
                ("id", entry => entry.Id),
                ("author", entry => entry.Author),
                ("created", entry => entry.CreatedAt),
                ("words", entry => entry.Words),
                ("text", entry => entry.Text));
            return 0;
        });
    }
}
