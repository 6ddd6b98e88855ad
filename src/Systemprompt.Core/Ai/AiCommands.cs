using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Profiles.Binding;
using Systemprompt.Secrets;

namespace Systemprompt.Ai;

/// <summary><c>gateway providers</c> and <c>gateway models</c>: which providers the profile has, and which models can be called.</summary>
internal static class AiCommands
{
    public static void Map(CommandMap commands)
    {
        commands.Map("gateway providers", "Lists the model providers of the profile, and why one is disabled.", "gateway providers", [RouteCommands.Offline], ProvidersAsync);
        commands.Map("gateway models", "Lists the models that can be called as routes are now, their provider and their price per million tokens.", "gateway models --json", [RouteCommands.Offline], ModelsAsync);
    }

    private static async Task<int> ProvidersAsync(CliCall call, CancellationToken cancellationToken)
    {
        var rows = (await CatalogAsync(call, cancellationToken)).All.Select(ProviderRow.Of).ToList();
        call.Output.List(
            rows,
            ("provider", row => row.Name),
            ("wire", row => row.Wire),
            ("enabled", row => row.Enabled),
            ("models", row => string.Join(", ", row.Models)),
            ("endpoint", row => row.Endpoint ?? (row.Client is { } client ? $"client {client}" : null)),
            ("why not", row => row.DisabledBecause));
        return 0;
    }

    /// <summary>The providers, with the keys that are secrets. The database is asked only where there is such a key, so that a profile can be looked at before there is one.</summary>
    private static async Task<ProviderCatalog> CatalogAsync(CliCall call, CancellationToken cancellationToken)
    {
        var catalog = new ProviderCatalog(call.Profile.Section<AiSettings>());
        if (!catalog.All.Any(HasSecretKey)) return catalog;
        if (call.Get(RouteCommands.Offline))
        {
            call.Output.Notice("--offline looks at no secrets: a provider whose key is one (api_key_secret) is shown as if it were there");
            return catalog;
        }

        var services = await call.ServicesAsync(cancellationToken);
        await services.GetRequiredService<ISecretReader>().ReadAsync(cancellationToken);
        return services.GetRequiredService<ProviderCatalog>();
    }

    private static bool HasSecretKey(Provider provider) =>
        provider is { IsEnabled: true, Settings: { ApiKeySecret: { Length: > 0 }, ApiKey: null or "", Keyless: false, Wire: not (Wire.Echo or Wire.ChatClient) } };

    private static async Task<int> ModelsAsync(CliCall call, CancellationToken cancellationToken)
    {
        var rows = (await RouteCommands.TableAsync(call, cancellationToken)).Models
            .Select(model => new ModelRow(model.Id, model.DisplayName, model.Provider.Name, model.Provider.IsEnabled, model.Price?.Input, model.Price?.Output))
            .ToList();
        call.Output.List(
            rows,
            ("model", row => row.Id),
            ("provider", row => row.Provider),
            ("enabled", row => row.Enabled),
            ("input $/MTok", row => Dollars(row.InputMicrodollars)),
            ("output $/MTok", row => Dollars(row.OutputMicrodollars)));
        return 0;
    }

    private static string Dollars(long? microdollars) => microdollars is { } price ? $"{price / 1_000_000m:0.00####}" : "unknown";
}

/// <summary>One provider, as <c>gateway providers</c> and <c>GET /api/v1/gateway/providers</c> show it: never its key.</summary>
internal sealed record ProviderRow(string Name, string Wire, string? Endpoint, string? Client, IReadOnlyList<string> Models, bool Enabled, string? DisabledBecause)
{
    public static ProviderRow Of(Provider provider) => new(
        provider.Name, ValueText.Show(provider.Settings.Wire), Address(provider.Settings.Endpoint), provider.Settings.Client, [.. provider.Models.Select(model => model.ToString())], provider.IsEnabled,
        provider.DisabledBecause);

    // Of a provider that is spoken to the profile's checks let no user and no query pass. A wire that needs no address does not have it checked.
    private static string? Address(string? endpoint) =>
        Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && (uri.UserInfo.Length > 0 || uri.Query.Length > 0)
            ? uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped)
            : endpoint;
}

/// <summary>One line of <c>gateway models</c>. Prices are for a million tokens; null when not known.</summary>
internal sealed record ModelRow(string Id, string Name, string Provider, bool Enabled, long? InputMicrodollars, long? OutputMicrodollars);
