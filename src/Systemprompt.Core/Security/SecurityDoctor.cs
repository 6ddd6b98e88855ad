using Systemprompt.Extensions;

namespace Systemprompt.Security;

/// <summary>What <c>doctor</c> looks at: the keys that sign tokens. That they are long enough is checked with the profile.</summary>
internal static class SecurityDoctor
{
    public static IReadOnlyList<DoctorCheck> Checks { get; } = [new("signing key", (call, _) => CheckAsync(call))];

    private static Task CheckAsync(DoctorCall call)
    {
        var settings = call.Profile.Section<SecuritySettings>();
        if (settings.JwtSecret is null) call.Warn("a generated key in storage.path signs tokens", "for production set security.jwt_secret: replicas need the same key, and a lost disk would end every token");
        else if (settings.JwtSecret == settings.JwtSecretPrevious) call.Fail("security.jwt_secret_previous is the current key, so the one before it verifies no more", "put the former key into jwt_secret_previous, or unset it");
        else call.Ok(settings.JwtSecretPrevious is null ? "set" : "set; the previous one verifies too: unset it when its tokens have expired");
        return Task.CompletedTask;
    }
}
