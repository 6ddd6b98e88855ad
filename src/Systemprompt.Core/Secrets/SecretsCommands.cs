using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;

namespace Systemprompt.Secrets;

/// <summary><c>admin secrets set|list|rotate|delete</c>. No command prints a value, and none takes one as an argument, where other users of the machine could read it.</summary>
internal static class SecretsCommands
{
    private static readonly Argument<string> Name = new("name") { Description = "The secret's name, such as anthropic_key." };
    private static readonly Option<string?> Variable = new("--from-env") { Description = "Take the value from this environment variable instead of standard input." };

    public static void Map(CommandMap commands)
    {
        commands.Map("admin secrets set", "Seals a value and keeps it in the database; every process has it within a second. Reads standard input, or asks.",
            "admin secrets set anthropic_key --from-env ANTHROPIC_API_KEY", [Name, Variable], SetAsync);
        commands.Map("admin secrets list", "Lists secrets, without their values, and which key seals them.", "admin secrets list", [], ListAsync);
        commands.Map("admin secrets rotate", "Seals every secret anew with secrets.key, all or none; secrets.key_previous may go then.", "admin secrets rotate", [], RotateAsync);
        commands.Map("admin secrets delete", "Removes a secret.", "admin secrets delete anthropic_key", [Name], DeleteAsync);
    }

    private static async Task<int> SetAsync(CliCall call, CancellationToken cancellationToken)
    {
        var name = call.Get(Name)!;
        var value = call.Get(Variable) is { } variable
            ? call.Composition.Variables(variable) is { Length: > 0 } found ? found : throw new CliException($"--from-env {variable}: the variable is unset or empty", 2)
            : await call.Output.ReadSecretAsync($"value of {name}", cancellationToken);
        try
        {
            await (await VaultAsync(call, cancellationToken)).SetAsync(name, value, "cli", cancellationToken);
        }
        catch (SecretException fault)
        {
            throw new CliException(fault.Message);
        }

        if (call.Output.IsJson) call.Output.Document(new { name, set = true });
        else call.Output.Line($"{name} is set");
        return 0;
    }

    private static async Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        var services = await call.ServicesAsync(cancellationToken);
        var vault = services.GetRequiredService<SecretVault>();
        var keys = services.GetRequiredService<SecretKeys>();
        var rows = (await services.GetRequiredService<SecretStore>().ReadAsync(cancellationToken))
            .Select(secret => new SecretRow(secret.Name, secret.KeyId, secret.KeyId == keys.Current?.Id ? "current" : keys.Find(secret.KeyId) is null ? "unknown" : "previous", vault.Open(secret) is not null, secret.UpdatedAt, secret.UpdatedBy))
            .ToList();
        call.Output.List(rows, ("name", row => row.Name), ("key", row => $"{row.KeyId} ({row.Key})"), ("opens", row => row.Opens), ("updated", row => row.UpdatedAt), ("by", row => row.UpdatedBy));
        return 0;
    }

    private static async Task<int> RotateAsync(CliCall call, CancellationToken cancellationToken)
    {
        try
        {
            var names = await (await VaultAsync(call, cancellationToken)).RotateAsync("cli", cancellationToken);
            if (call.Output.IsJson) call.Output.Document(new { resealed = names });
            else call.Output.Line(names.Count == 0 ? "every secret has the current key already" : $"sealed anew: {string.Join(", ", names)}");
            return 0;
        }
        catch (SecretException fault)
        {
            throw new CliException(fault.Message);
        }
    }

    private static async Task<int> DeleteAsync(CliCall call, CancellationToken cancellationToken)
    {
        var name = call.Get(Name)!;
        if (!await (await call.ServicesAsync(cancellationToken)).GetRequiredService<SecretStore>().DeleteAsync(name, "cli", cancellationToken))
            throw new CliException($"there is no secret '{name}'; 'admin secrets list' shows what there is");
        if (call.Output.IsJson) call.Output.Document(new { name, deleted = true });
        else call.Output.Line($"{name} is deleted");
        return 0;
    }

    private static async Task<SecretVault> VaultAsync(CliCall call, CancellationToken cancellationToken) => (await call.ServicesAsync(cancellationToken)).GetRequiredService<SecretVault>();
}

/// <summary>One line of <c>admin secrets list</c>.</summary>
/// <param name="Name">The name.</param>
/// <param name="KeyId">Which key sealed it.</param>
/// <param name="Key"><c>current</c>, <c>previous</c>, or <c>unknown</c> to this profile.</param>
/// <param name="Opens">Whether this profile opens it.</param>
/// <param name="UpdatedAt">When its value was set.</param>
/// <param name="UpdatedBy">By whom.</param>
internal sealed record SecretRow(string Name, string KeyId, string Key, bool Opens, DateTime UpdatedAt, string UpdatedBy);
