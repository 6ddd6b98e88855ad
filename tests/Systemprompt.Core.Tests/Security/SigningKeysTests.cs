using System.Text;
using Systemprompt.Hosting;
using Systemprompt.Profiles;
using Systemprompt.Security;

namespace Systemprompt.Core.Tests.Security;

/// <summary>The secret of a profile, the one before it, and the one that is made where a profile gives none.</summary>
public sealed class SigningKeysTests : IDisposable
{
    private const string Current = "current-0123456789-abcdefghijklmnop", Former = "former-0123456789-abcdefghijklmnopq";
    private readonly string _folder = Directory.CreateTempSubdirectory("sp-keys-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_former_secret_verifies_and_does_not_sign()
    {
        var keys = SigningKeys.Of(Profile("security: { jwt_secret: \"${CURRENT}\", jwt_secret_previous: \"${FORMER}\" }"));

        Encoding.UTF8.GetString(keys.Current.Key).ShouldBe(Current);
        keys.Verifying.Count.ShouldBe(2);
    }

    [Fact]
    public void A_secret_that_is_made_stays_and_only_its_owner_may_read_it()
    {
        var made = SigningKeys.Of(Profile("security: { generate_secret: true }")).Current.Key;

        SigningKeys.Of(Profile("security: { generate_secret: true }")).Current.Key.ShouldBe(made);
        SigningKeys.Weakness(Encoding.UTF8.GetString(made)).ShouldBeNull();
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(Path.Combine(_folder, "jwt-secret")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void Commands_that_make_it_at_the_same_time_all_have_the_same()
    {
        var made = new byte[16][];

        Parallel.For(0, made.Length, new ParallelOptions { MaxDegreeOfParallelism = made.Length }, i => made[i] = SigningKeys.Of(Profile("security: { generate_secret: true }")).Current.Key);

        foreach (var key in made) key.ShouldBe(made[0]);
    }

    [Theory]
    [InlineData("short-0123456789-abcdefghijklmn", "is shorter than 32 bytes")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "has fewer than 8 different characters")]
    [InlineData("please-ChangeMe-0123456789-abcdefghijk", "is a placeholder")]
    public void A_weak_secret_is_refused_with_the_remedy(string secret, string fault) =>
        SigningKeys.Weakness(secret)!.ShouldStartWith($"{fault}; 'openssl rand -base64 48' makes a good one");

    private Profile Profile(string security) => new(ProfileLoader.Parse(
        "test", "test/profile.yaml", $"tenant: acme\nstorage: {{ path: {_folder} }}\n{security}\n", [.. new SecurityExtension().Settings, .. new HostingExtension().Settings], name => name switch { "CURRENT" => Current, "FORMER" => Former, _ => null }));
}
