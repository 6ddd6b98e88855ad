using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Secrets;

/// <summary><c>/api/v1/secrets</c>: names and dates for administrators, and setting values; no route gives one.</summary>
internal static class SecretsEndpoints
{
    public static void Map(RouteMap routes)
    {
        var secrets = routes.For(Tier.Admin).MapGroup("/api/v1/secrets");
        secrets.MapGet("", async (SecretStore store, CancellationToken cancellationToken) =>
            Results.Ok((await store.ReadAsync(cancellationToken)).Select(secret => new SecretView(secret.Name, secret.KeyId, secret.UpdatedAt, secret.UpdatedBy))));
        secrets.MapPut("/{name}", async (string name, SecretBody body, SecretVault vault, HttpContext context, CancellationToken cancellationToken) =>
        {
            try
            {
                await vault.SetAsync(name, body.Value ?? "", context.Principal().Subject, cancellationToken);
                return Results.NoContent();
            }
            catch (SecretException fault)
            {
                return Results.ValidationProblem(new Dictionary<string, string[]> { ["secret"] = [fault.Message] });
            }
        });
        secrets.MapDelete("/{name}", async (string name, SecretStore store, HttpContext context, CancellationToken cancellationToken) =>
            await store.DeleteAsync(name, context.Principal().Subject, cancellationToken)
                ? Results.NoContent()
                : Problems.Of(404, "not_found", "there is no secret of this name"));
    }
}

/// <summary>The body of a PUT.</summary>
internal sealed record SecretBody(string? Value);

/// <summary>A secret without its value.</summary>
internal sealed record SecretView(string Name, string KeyId, DateTime UpdatedAt, string UpdatedBy);
