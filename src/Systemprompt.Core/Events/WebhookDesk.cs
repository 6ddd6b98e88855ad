using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Systemprompt.Profiles;
using Systemprompt.Secrets;

namespace Systemprompt.Events;

/// <summary>Adds and removes receivers. The key that signs is made here, shown once, and kept as the secret <c>webhook.NAME</c>.</summary>
internal sealed partial class WebhookDesk(WebhookStore store, SecretVault vault, SecretStore secrets, EventsSettings settings, Profile profile)
{
    private const string KeyStart = "whsec_";

    /// <summary>Adds a receiver.</summary>
    /// <returns>The key that its signatures are made with, in the form of Standard Webhooks.</returns>
    /// <exception cref="WebhookException">The profile or the address does not allow it.</exception>
    public async Task<string> CreateAsync(string name, string url, string[] kinds, string by, CancellationToken cancellationToken)
    {
        if (!settings.Webhooks.Enabled) throw new WebhookException($"{profile.Source}: webhooks are off, so nothing leaves; set events.webhooks.enabled: true");
        if (!Name().IsMatch(name)) throw new WebhookException($"'{name}' is no name for a webhook: lower-case letters, digits and '-', starting with a letter, at most 60");
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http") || address.UserInfo.Length > 0 || address.Fragment.Length > 0 || url.Length > 2000)
            throw new WebhookException("the address is not http or https, or holds a user, a password or a fragment");
        foreach (var kind in kinds)
            if (!Kind().IsMatch(kind)) throw new WebhookException($"'{kind}' is no kind of event: a name such as billing.entry_added, a beginning such as billing.*, or *");
        if (await store.FindAsync(name, cancellationToken) is not null) throw Taken(name);
        var key = KeyStart + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        try
        {
            await vault.SetAsync(SecretOf(name), key, by, cancellationToken);
        }
        catch (SecretException fault)
        {
            throw new WebhookException(fault.Message);
        }

        if (!await store.InsertAsync(name, url, kinds.Length == 0 ? ["*"] : kinds, by, cancellationToken)) throw Taken(name);
        return key;
    }

    /// <exception cref="WebhookException">There is none of the name.</exception>
    public async Task SetAsync(string name, bool enabled, string by, CancellationToken cancellationToken)
    {
        if (!await store.SetAsync(name, enabled, $"disabled by {by}", cancellationToken)) throw NoSuchWebhook(name);
    }

    /// <exception cref="WebhookException">There is none of the name.</exception>
    public async Task DeleteAsync(string name, string by, CancellationToken cancellationToken)
    {
        if (!await store.DeleteAsync(name, cancellationToken)) throw NoSuchWebhook(name);
        await secrets.DeleteAsync(SecretOf(name), by, cancellationToken);
    }

    public static string SecretOf(string name) => $"webhook.{name}";

    /// <summary>The bytes that sign, of a key as it is shown.</summary>
    public static byte[] KeyBytes(string key) => Convert.FromBase64String(key[KeyStart.Length..]);

    private static WebhookException Taken(string name) => new($"there is a webhook '{name}' already; delete it first, or choose another name");

    private static WebhookException NoSuchWebhook(string name) => new($"there is no webhook '{name}'; 'infra webhooks list' shows them");

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,59}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"\A(\*|[a-z][a-z0-9_]*(\.[a-z0-9_]+)*(\.\*)?)\z")]
    private static partial Regex Kind();
}

/// <summary>What cannot be done with a webhook, in words for whoever asked.</summary>
internal sealed class WebhookException(string message) : Exception(message);
