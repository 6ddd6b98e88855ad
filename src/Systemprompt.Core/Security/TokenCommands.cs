using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Profiles.Binding;

namespace Systemprompt.Security;

/// <summary><c>admin token create|show|revoke</c>. Creating and showing work offline: they read <c>security</c> and the tenant, no database.</summary>
internal static class TokenCommands
{
    private static readonly Option<string> Tier = new("--tier") { Description = "admin, user, service, mcp or a2a.", Required = true };
    private static readonly Option<string> Subject = new("--sub") { Description = "Who the token is for.", Required = true };
    private static readonly Option<string?> Ttl = new("--ttl") { Description = "How long it lives, such as 1h or 30d; the profile's security.token_ttl by default." };
    private static readonly Option<string[]> Audience = new("--aud") { Description = "Whom it may be shown to; repeatable. Every audience of the profile by default." };
    private static readonly Option<string[]> Scope = new("--scope") { Description = "A scope it carries; repeatable." };
    private static readonly Option<string?> Session = new("--sid") { Description = "The session it belongs to." };
    private static readonly Option<string?> RevokedToken = new("--jti") { Description = "Revoke one token by its id." };
    private static readonly Option<string?> RevokedSubject = new("--sub") { Description = "Revoke every token issued to a subject until now." };
    private static readonly Argument<string> Token = new("token") { Description = "The token; - reads it from standard input." };

    public static void Map(CommandMap commands)
    {
        commands.Map("admin token create", "Creates a token and prints it alone on stdout. Works offline.", "admin token create --tier user --sub alice --ttl 1h",
            [Tier, Subject, Ttl, Audience, Scope, Session], CreateAsync);
        commands.Map("admin token show", "Shows what a token says and whether it verifies here. Works offline; does not know revocations.", "admin token show -", [Token], ShowAsync);
        commands.Map("admin token revoke", "Revokes a token, or all of a subject's, on every replica.", "admin token revoke --sub alice", [RevokedToken, RevokedSubject], RevokeAsync);
    }

    private static Task<int> CreateAsync(CliCall call, CancellationToken cancellationToken)
    {
        var tier = TokenClaims.Parse(call.Get(Tier)) ?? throw new CliException($"--tier {call.Get(Tier)}: choose admin, user, service, mcp or a2a", 2);
        var request = new TokenRequest(call.Get(Subject)!, tier, Duration(call.Get(Ttl)), call.Get(Audience), call.Get(Scope), call.Get(Session));
        try
        {
            var token = new TokenIssuer(call.Profile, TimeProvider.System).Issue(request);
            if (call.Output.IsJson) call.Output.Document(new { token });
            else call.Output.Line(token);
            return Task.FromResult(0);
        }
        catch (ArgumentException exception)
        {
            throw new CliException(exception.Message, 2);
        }
    }

    private static async Task<int> ShowAsync(CliCall call, CancellationToken cancellationToken)
    {
        var token = call.Get(Token) is { } given and not "-" ? given : (await Console.In.ReadToEndAsync(cancellationToken)).Trim();
        var verdict = await new TokenVerifier(call.Profile, new RevocationSet(), TimeProvider.System).VerifyAsync(token);
        if (verdict.Principal is not { } principal)
        {
            if (call.Output.IsJson) call.Output.Document(new { valid = false, code = verdict.Code, reason = verdict.Reason });
            else call.Output.Notice($"{verdict.Code}: {verdict.Reason}");
            return 1;
        }

        call.Output.Item(
            new { valid = true, principal.Subject, Tier = TokenClaims.Name(principal.Tier), principal.TokenId, principal.SessionId, principal.Audiences, Scopes = principal.Scopes.Order().ToList(), principal.ExpiresAt, call.Profile.Tenant },
            ("subject", shown => shown.Subject), ("tier", shown => shown.Tier), ("tenant", shown => shown.Tenant), ("token id", shown => shown.TokenId),
            ("session", shown => shown.SessionId), ("audiences", shown => string.Join(", ", shown.Audiences)), ("scopes", shown => string.Join(", ", shown.Scopes)), ("expires", shown => shown.ExpiresAt));
        return 0;
    }

    private static async Task<int> RevokeAsync(CliCall call, CancellationToken cancellationToken)
    {
        var (jti, sub) = (call.Get(RevokedToken), call.Get(RevokedSubject));
        if (string.IsNullOrEmpty(jti) == string.IsNullOrEmpty(sub)) throw new CliException("give --jti ID or --sub SUBJECT, one of them", 2);
        var services = await call.ServicesAsync(cancellationToken);
        var settings = call.Profile.Section<SecuritySettings>();
        var now = TimeProvider.System.GetUtcNow();
        await services.GetRequiredService<RevocationStore>().AddAsync(new Revocation(jti, sub, now), now + settings.MaxTokenTtl + settings.ClockSkew, cancellationToken);
        if (call.Output.IsJson) call.Output.Document(new { revoked = true, jti, sub, at = now });
        else call.Output.Line(jti is not null ? $"token {jti} is revoked" : $"every token issued to {sub} until now is revoked; access keys are no tokens, see 'admin keys list --user {sub}'");
        return 0;
    }

    private static TimeSpan? Duration(string? text) =>
        text is null ? null
        : ValueText.Parse(typeof(TimeSpan), text, out var expected) is TimeSpan time ? time
        : throw new CliException($"--ttl {text} is not {expected}", 2);
}
