using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;

namespace Systemprompt.Secrets;

/// <summary>What <c>doctor</c> looks at: whether this profile's keys open every secret there is.</summary>
internal static class SecretsDoctor
{
    public static IReadOnlyList<DoctorCheck> Checks { get; } = [new("secrets", CheckAsync) { NeedsDatabase = true }];

    private static async Task CheckAsync(DoctorCall call, CancellationToken cancellationToken)
    {
        var (vault, keys) = (call.Services.GetRequiredService<SecretVault>(), call.Services.GetRequiredService<SecretKeys>());
        var kept = await call.Services.GetRequiredService<SecretStore>().ReadAsync(cancellationToken);
        var closed = kept.Where(secret => vault.Open(secret) is null).Select(secret => secret.Name).ToList();
        if (keys.Current is null && kept.Count > 0) call.Fail($"{kept.Count} secrets are kept and secrets.key is unset", "set the variable that secrets.key names to the key they were sealed with");
        else if (closed.Count > 0) call.Fail($"no key of this profile opens {string.Join(", ", closed)}", "set secrets.key_previous to the key they were sealed with and run 'admin secrets rotate', or set them anew");
        else call.Ok(keys.Current is null ? "no key, no secrets" : $"{kept.Count} can be opened");
    }
}
