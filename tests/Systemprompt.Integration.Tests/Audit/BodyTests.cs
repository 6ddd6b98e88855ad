using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Audit;
using Systemprompt.Audit.Bodies;

namespace Systemprompt.Integration.Tests.Audit;

/// <summary>Bodies are sealed, written beside the calls, opened only with the key, and whoever looks is recorded.</summary>
public sealed class BodyTests : IAsyncLifetime
{
    private const string Key = "a key of bodies that is long enough for a test";
    private AuditTrail _trail = null!;

    public async Task InitializeAsync() => _trail = await AuditTrail.StartAsync();

    public async Task DisposeAsync() => await _trail.DisposeAsync();

    [Fact]
    public async Task A_body_is_sealed_shown_with_the_key_and_the_look_is_recorded_first()
    {
        var id = await KeepAsync("{\"prompt\":\"a pineapple\"}", "an answer\u001b[2J");

        (await _trail.Database.ScalarAsync<bool>("select position('pineapple'::bytea in request) = 0 from audit.bodies")).ShouldBeTrue();
        _trail.Commands.Variables["BODIES_KEY"] = Key;
        var shown = (await _trail.RunAsync("infra", "audit", "body", $"{id}", "--json")).Succeeded().Json;
        shown.GetProperty("request").GetProperty("text").GetString().ShouldBe("{\"prompt\":\"a pineapple\"}");
        shown.GetProperty("answer").GetProperty("bytes").GetInt64().ShouldBe(13);
        var text = (await _trail.RunAsync("infra", "audit", "body", $"{id}")).Succeeded().Out;
        text.ShouldContain("a pineapple");
        text.ShouldNotContain("\u001b");

        var looks = (await _trail.RunAsync("infra", "audit", "evidence", "--json")).Succeeded().Json.EnumerateArray().Where(entry => entry.GetProperty("kind").GetString() == "body_access").ToList();
        looks.Count.ShouldBe(2);
        looks[0].GetProperty("rows")[0].GetProperty("table").GetString().ShouldBe("audit.accesses");
        (await _trail.RunAsync("infra", "audit", "list")).Succeeded().Out.ShouldContain($"bodies of {id}");
        (await _trail.RunAsync("infra", "audit", "verify")).Succeeded();
    }

    [Fact]
    public async Task Without_the_key_with_another_or_changed_it_does_not_open_and_nothing_is_recorded()
    {
        var (id, other) = (await KeepAsync("first", "1"), await KeepAsync("second", "2"));

        (await FaultAsync(id)).ShouldContain("audit.bodies.key is unset");
        _trail.Commands.Variables["BODIES_KEY"] = "another key of bodies, long enough as well";
        (await FaultAsync(id)).ShouldContain("was sealed with another key");
        (await FaultAsync(Guid.CreateVersion7())).ShouldContain("no body of a call");
        (await _trail.Database.ScalarAsync<long>("select count(*) from audit.accesses")).ShouldBe(0);

        await _trail.Database.ExecuteAsync($"update audit.bodies set request = (select request from audit.bodies where id = '{other}') where id = '{id}'");
        _trail.Commands.Variables["BODIES_KEY"] = Key;
        (await FaultAsync(id)).ShouldContain($"the request of {id} is not as it was sealed");
    }

    [Fact]
    public async Task What_is_too_long_is_cut_and_its_length_is_known()
    {
        var id = await KeepAsync(new string('r', 5000), new string('a', 1024), answerBytes: 7000);

        _trail.Commands.Variables["BODIES_KEY"] = Key;
        var shown = (await _trail.RunAsync("infra", "audit", "body", $"{id}", "--json")).Succeeded().Json;
        (shown.GetProperty("request").GetProperty("bytes").GetInt64(), shown.GetProperty("request").GetProperty("kept").GetInt32()).ShouldBe((5000, 1024));
        (shown.GetProperty("answer").GetProperty("bytes").GetInt64(), shown.GetProperty("answer").GetProperty("cut").GetBoolean()).ShouldBe((7000, true));
    }

    [Fact]
    public void Off_is_the_default_and_a_store_without_a_key_is_a_fault()
    {
        new AuditSettings().Bodies.Store.ShouldBe(BodyPlace.None);
        var faults = new Systemprompt.Profiles.SettingsFaults();
        AuditSettings.Validate(new AuditSettings { Bodies = new() { Store = BodyPlace.Postgres } }, faults);
        faults.All.ShouldHaveSingleItem().Message.ShouldContain("is unset while bodies.store is postgres");
    }

    private async Task<Guid> KeepAsync(string request, string answer, long? answerBytes = null)
    {
        var keeper = new BodyKeeper(
            new AuditSettings { Bodies = new() { Store = BodyPlace.Postgres, Key = Key, MaxBytes = Systemprompt.Profiles.ByteSize.Kilobytes(1) } }, WriterOrigin.Here("tests"),
            Microsoft.Extensions.Logging.Abstractions.NullLogger<BodyKeeper>.Instance);
        var at = TimeProvider.System.GetUtcNow();
        var id = Guid.CreateVersion7(at);
        keeper.Keep(id, at, Encoding.UTF8.GetBytes(request), Encoding.UTF8.GetBytes(answer), answerBytes ?? answer.Length);
        await keeper.StopAsync(_trail.Services.GetRequiredService<BodyStore>(), CancellationToken.None);
        return id;
    }

    private async Task<string> FaultAsync(Guid id)
    {
        var result = await _trail.RunAsync("infra", "audit", "body", $"{id}");
        result.Code.ShouldBe(1);
        result.Out.ShouldBeEmpty();
        return result.Error;
    }
}
