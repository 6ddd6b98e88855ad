using System.Net;
using Systemprompt.Ai;
using Systemprompt.Extensions;
using Systemprompt.Governance;

namespace Systemprompt.Core.Tests.Ai.ChatClients;

/// <summary>A chat client is judged, repeated, passed over and named like any provider.</summary>
public sealed class ClientRulesTests : ChatClientBench
{
    [Fact]
    public async Task Policies_read_the_answer_before_it_leaves()
    {
        await using var gateway = await StartAsync();
        gateway.Policies.Readers = [new PolicyChain.Link("no_ferries", 1, PolicyMode.Enforce, new NoFerries())];

        var body = await (await PostAsync(gateway, "/v1/messages", Body("/v1/messages", stream: true))).Content.ReadAsStringAsync();
        using var whole = await PostAsync(gateway, "/v1/chat/completions", Body("/v1/chat/completions"));

        body.ShouldNotContain("six");
        body.ShouldContain("no ferries here");
        whole.StatusCode.ShouldBe(HttpStatusCode.UnavailableForLegalReasons);
        // A stream was stopped before the client had said what it came to.
        gateway.Audit.Rows.OfType<SettledRow>().Select(row => (row.Status, row.Cost)).ShouldBe([(CallStatus.Refused, null), (CallStatus.Refused, 120)]);
    }

    [Fact]
    public async Task A_failingClient_is_repeated_passed_over_and_left_alone_like_any_provider()
    {
        var failures = 1;
        Client.Before = (at, _) => at == 0 && Interlocked.Decrement(ref failures) >= 0 ? throw new InvalidOperationException("not yet") : Task.CompletedTask;
        await using var gateway = await StartAsync(own => own with { Retries = 1, BreakAfter = 2 }, ["own/x", "echo/echo"]);

        (await PostAsync(gateway, "/v1/messages", Body("/v1/messages"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (gateway.Audit.Rows.OfType<SettledRow>().Last().Attempts, Client.Asked.Count).ShouldBe((2, 2));

        failures = int.MaxValue;
        using var passed = await PostAsync(gateway, "/v1/messages", Body("/v1/messages"));
        passed.StatusCode.ShouldBe(HttpStatusCode.OK);
        gateway.Audit.Rows.OfType<SettledRow>().Last().Provider.ShouldBe("echo");
        for (var at = 0; at < 3; at++) (await PostAsync(gateway, "/v1/messages", Body("/v1/messages"))).Dispose();
        var asked = Client.Asked.Count;
        (await PostAsync(gateway, "/v1/messages", Body("/v1/messages"))).Dispose();
        Client.Asked.Count.ShouldBe(asked);
    }

    [Fact]
    public async Task A_fullClient_is_passed_over()
    {
        var release = new TaskCompletionSource();
        Client.Before = (_, _) => release.Task;
        await using var gateway = await StartAsync(own => own with { MaxConcurrent = 1 }, ["own/x", "echo/echo"]);
        var first = PostAsync(gateway, "/v1/messages", Body("/v1/messages"));
        await Poll.UntilAsync(() => !Client.Asked.IsEmpty);

        (await PostAsync(gateway, "/v1/messages", Body("/v1/messages"))).StatusCode.ShouldBe(HttpStatusCode.OK);

        gateway.Audit.Settled.Provider.ShouldBe("echo");
        release.SetResult();
        (await first).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public void Names_are_checked_with_their_place_and_what_has_no_meaning_is_refused()
    {
        var faults = new Systemprompt.Profiles.SettingsFaults();
        var settings = new AiSettings
        {
            Providers = new Dictionary<string, ProviderSettings>
            {
                ["a"] = new() { Wire = Wire.ChatClient, Client = "quya", Models = ["a"] },
                ["b"] = new() { Wire = Wire.ChatClient, Models = ["b"], Endpoint = "http://x", ApiKey = "k" },
                ["c"] = new() { Wire = Wire.Echo, Client = "quay", Models = ["c"] },
            },
        };

        settings.Validate(faults, [Client]);

        faults.All.Select(fault => $"{fault.Path}: {fault.Message}").ShouldBe(
        [
            "providers.a.client: there is no chat client 'quya' in this binary, did you mean 'quay'?",
            "providers.b.client: must name the chat client of an extension; there is quay",
            "providers.b.endpoint: is not for wire chat_client: how its model is reached is the extension's own business; remove it",
            "providers.b.api_key: is not for wire chat_client: how its model is reached is the extension's own business; remove it",
            "providers.c.client: is for wire chat_client",
        ]);
        Should.Throw<ExtensionException>(() => new Systemprompt.Ai.ChatClients(ExtensionRegistry.Create([Client, new Rival()]), null!))
            .Message.ShouldBe("extension 'rival': chat client 'quay' has the name of one that extension 'quay' brings; rename one");
    }

    [Extension("rival")]
    private sealed class Rival : Extension
    {
        public override IReadOnlyList<ChatClientRegistration> ChatClients => [new("quay", static _ => null!)];
    }

    private sealed class NoFerries : IAnswerPolicy
    {
        public ValueTask<PolicyVerdict> EvaluateAsync(PolicyCall call, CancellationToken cancellationToken) => new(PolicyVerdict.Pass);

        public IAnswerWatch? Watch(PolicyCall call) => new Reader();

        private sealed class Reader : IAnswerWatch
        {
            public PolicyVerdict Read(in AnswerText text) => text.Text.Contains("leaves", StringComparison.Ordinal) ? PolicyVerdict.Deny("no ferries here") : PolicyVerdict.Pass;
        }
    }
}
