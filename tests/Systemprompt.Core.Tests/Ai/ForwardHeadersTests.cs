using Systemprompt.Ai;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>An operator may name headers that reach a provider, but none that gives a caller's credentials away.</summary>
public sealed class ForwardHeadersTests
{
    [Theory]
    [InlineData("x-team")]
    [InlineData("X-Request-Id")]
    public void Others_pass(string name) => Faults(name).ShouldBeEmpty();

    [Theory]
    [InlineData("Authorization")]
    [InlineData("x-api-key")]
    [InlineData("cookie")]
    [InlineData("HOST")]
    [InlineData("transfer-encoding")]
    [InlineData("content-length")]
    [InlineData("proxy-authorization")]
    public void Credentials_and_the_connections_own_are_refused(string name) =>
        Faults(name).ShouldBe([$"providers.p.forward_headers[0]: must not be {name}: a caller's credentials stay here, and the connection to the provider is the gateway's own"]);

    [Theory]
    [InlineData("")]
    [InlineData("x team")]
    [InlineData("x-team: a")]
    [InlineData("x\nteam")]
    public void What_is_no_header_is_refused(string name) => Faults(name).ShouldBe(["providers.p.forward_headers[0]: must be the name of a header, such as x-team"]);

    private static List<string> Faults(string header)
    {
        var faults = new SettingsFaults();
        new AiSettings { Providers = new Dictionary<string, ProviderSettings> { ["p"] = new() { Endpoint = "https://api.example.com", Models = ["m"], ForwardHeaders = [header] } } }.Validate(faults, []);
        return [.. faults.All.Select(fault => $"{fault.Path}: {fault.Message}")];
    }
}
