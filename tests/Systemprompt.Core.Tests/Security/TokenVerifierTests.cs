using Microsoft.IdentityModel.Tokens;
using Systemprompt.Security;

namespace Systemprompt.Core.Tests.Security;

public sealed class TokenVerifierTests
{
    private readonly TokenFixture _tokens = new();

    [Fact]
    public async Task A_good_token_says_who_calls()
    {
        var verdict = await _tokens.Verifier.VerifyAsync(_tokens.Good());

        verdict.Principal.ShouldNotBeNull().ShouldSatisfyAllConditions(
            who => who.Subject.ShouldBe("alice"), who => who.Tier.ShouldBe(Tier.User), who => who.SessionId.ShouldBe("s-1"),
            who => who.Scopes.ShouldBe(["a", "b"], ignoreOrder: true), who => who.Audiences.ShouldBe(["api", "web"], ignoreOrder: true));
    }

    [Theory]
    [InlineData("iss", "other", "token_wrong_issuer")]
    [InlineData("aud", "other", "token_wrong_audience")]
    [InlineData("tenant", "other", "token_wrong_tenant")]
    [InlineData("tier", "root", "token_malformed")]
    [InlineData("tier", "anonymous", "token_malformed")]
    [InlineData("tier", null, "token_malformed")]
    [InlineData("sub", null, "token_malformed")]
    [InlineData("jti", null, "token_malformed")]
    [InlineData("tenant", null, "token_wrong_tenant")]
    [InlineData("iss", null, "token_wrong_issuer")]
    [InlineData("aud", null, "token_wrong_audience")]
    [InlineData("iat", null, "token_malformed")]
    [InlineData("nbf", null, "token_malformed")]
    public async Task Every_claim_is_enforced(string claim, string? value, string code) =>
        (await _tokens.CodeOfAsync(_tokens.Make(changes: (claim, value)))).ShouldBe(code);

    [Fact]
    public async Task A_token_without_an_end_is_refused() =>
        (await _tokens.CodeOfAsync(_tokens.Make(changes: ("exp", null)))).ShouldNotBeNull();

    [Fact]
    public async Task The_made_token_is_good_when_nothing_is_changed() =>
        (await _tokens.CodeOfAsync(_tokens.Make())).ShouldBeNull();

    [Theory]
    [InlineData(SecurityAlgorithms.HmacSha384)]
    [InlineData(SecurityAlgorithms.HmacSha512)]
    public async Task Another_algorithm_is_refused_even_with_our_key(string algorithm)
    {
        const string longer = TokenFixture.Secret + TokenFixture.Secret;
        var tokens = new TokenFixture(secret: longer);

        (await tokens.CodeOfAsync(tokens.Make(longer, algorithm))).ShouldBeOneOf("token_wrong_algorithm", "token_wrong_signature");
        (await tokens.CodeOfAsync(tokens.Make(longer))).ShouldBeNull();
    }

    [Fact]
    public async Task None_is_no_algorithm()
    {
        var parts = _tokens.Good().Split('.');
        var header = Base64UrlEncoder.Encode("""{"alg":"none","typ":"JWT"}""");

        (await _tokens.CodeOfAsync($"{header}.{parts[1]}.")).ShouldNotBeNull();
        (await _tokens.CodeOfAsync($"{header}.{parts[1]}.{parts[2]}")).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_token_of_another_key_is_refused() =>
        (await _tokens.CodeOfAsync(_tokens.Make("another-secret-of-more-than-32-bytes-99"))).ShouldBe("token_wrong_signature");

    [Fact]
    public async Task Any_altered_character_is_noticed()
    {
        var good = _tokens.Good();
        for (var at = 0; at < good.Length; at++)
        {
            if (good[at] == '.' || at == good.Length - 1) continue;
            var altered = $"{good[..at]}{(good[at] == 'A' ? 'B' : 'A')}{good[(at + 1)..]}";
            (await _tokens.CodeOfAsync(altered)).ShouldNotBeNull($"character {at}");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a.b.c")]
    [InlineData("not a token")]
    [InlineData("ünïcödé.ünïcödé.ünïcödé")]
    public async Task Garbage_is_refused(string token) => (await _tokens.CodeOfAsync(token)).ShouldBe("token_malformed");

    [Fact]
    public async Task A_token_beyond_any_size_is_refused_before_it_is_read() =>
        (await _tokens.CodeOfAsync(new string('a', 1_000_000))).ShouldBe("token_too_large");

    [Fact]
    public async Task Its_end_is_the_end_also_from_the_cache()
    {
        var token = _tokens.Good(TimeSpan.FromMinutes(10));
        (await _tokens.CodeOfAsync(token)).ShouldBeNull();

        _tokens.Clock.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(29));
        (await _tokens.CodeOfAsync(token)).ShouldBeNull("clocks may differ by 30 s");
        _tokens.Clock.Advance(TimeSpan.FromSeconds(1));
        (await _tokens.CodeOfAsync(token)).ShouldBe("token_expired");
    }

    [Theory]
    [InlineData("nbf")]
    [InlineData("iat")]
    public async Task The_future_is_not_yet(string claim)
    {
        var now = _tokens.Clock.GetUtcNow().ToUnixTimeSeconds();

        (await _tokens.CodeOfAsync(_tokens.Make(changes: (claim, now + 31)))).ShouldBe("token_not_yet_valid");
        (await _tokens.CodeOfAsync(_tokens.Make(changes: (claim, now + 30)))).ShouldBeNull();
    }

    [Fact]
    public async Task A_longer_life_than_allowed_is_refused()
    {
        var tokens = new TokenFixture(", max_token_ttl: 1h");

        (await tokens.CodeOfAsync(tokens.Make(changes: ("exp", tokens.Clock.GetUtcNow().ToUnixTimeSeconds() + 3601)))).ShouldBe("token_malformed");
    }

    [Fact]
    public async Task The_former_secret_verifies_and_never_signs()
    {
        var profile = TokenFixture.Of("jwt_secret: '${JWT_SECRET}', jwt_secret_previous: '${JWT_SECRET_PREVIOUS}', issuer: acme, audiences: [api, web]", TokenFixture.Secret, TokenFixture.Former);
        var verifier = new TokenVerifier(profile, new RevocationSet(), _tokens.Clock);
        var fresh = new TokenIssuer(profile, _tokens.Clock).Issue(new TokenRequest("alice", Tier.User));

        (await verifier.VerifyAsync(_tokens.Make(TokenFixture.Former))).Code.ShouldBeNull();
        (await verifier.VerifyAsync(fresh)).Code.ShouldBeNull();
        (await _tokens.CodeOfAsync(fresh)).ShouldBeNull("signed with the current one");
    }

    [Fact]
    public async Task A_revoked_token_is_refused_also_from_the_cache()
    {
        var token = _tokens.Make();
        (await _tokens.CodeOfAsync(token)).ShouldBeNull();

        _tokens.Revoked.Replace([new Revocation("t-1", null, _tokens.Clock.GetUtcNow())]);

        (await _tokens.CodeOfAsync(token)).ShouldBe("token_revoked");
    }

    [Fact]
    public async Task Revoking_a_subject_spares_what_is_issued_later()
    {
        var before = _tokens.Good();
        _tokens.Revoked.Replace([new Revocation(null, "alice", _tokens.Clock.GetUtcNow())]);
        _tokens.Clock.Advance(TimeSpan.FromSeconds(2));

        (await _tokens.CodeOfAsync(before)).ShouldBe("token_revoked");
        (await _tokens.CodeOfAsync(_tokens.Good())).ShouldBeNull();
    }
}
