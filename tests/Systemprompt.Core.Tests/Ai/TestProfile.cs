using Systemprompt.Ai;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>Profiles with the room's section alone.</summary>
internal static class TestProfile
{
    public static Profile Of(string tenant, string ai = "", Func<string, string?>? variables = null) =>
        new(ProfileLoader.Parse("test", "test/profile.yaml", $"tenant: {tenant}\n{ai}", new AiExtension().Settings, variables ?? (_ => null)));
}
