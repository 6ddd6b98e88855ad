using Systemprompt.Budgets;

namespace Systemprompt.Integration.Tests.Budgets;

/// <summary>What operators say of budgets, and what they are shown.</summary>
public sealed class BudgetCommandTests
{
    [Fact]
    public async Task A_key_is_named_as_it_is_listed_and_what_is_no_key_is_refused()
    {
        await using var room = await BudgetRoom.OpenAsync(1);

        await room.SetAsync("machines", "--per", "key", "--window", "day", "--requests", "5", "--of", "sp_abcdefghij_…", "sp_bcdefghijk");

        (await CountedAsync("sp_abcdefghij")).ShouldBe(["machines key/sp_abcdefghij", "profiles key/sp_abcdefghij"]);
        (await CountedAsync("sp_bcdefghijk")).ShouldBe(["machines key/sp_bcdefghijk", "profiles key/sp_bcdefghijk"]);
        (await CountedAsync("sp_cdefghijkl")).ShouldBe(["profiles key/sp_cdefghijkl"]);
        (await room.Commands.RunAsync("admin", "budgets", "show", "machines", "--json")).Succeeded().Json.GetProperty("of").EnumerateArray().Select(of => of.GetString()).ShouldBe(["sp_abcdefghij", "sp_bcdefghijk"]);
        var wrong = await room.Commands.RunAsync("admin", "budgets", "set", "wrong", "--per", "key", "--window", "day", "--requests", "5", "--of", "sp_abcdefghij", "laptop");
        wrong.Code.ShouldBe(1);
        wrong.Error.ShouldContain("of[1] must be the name of an access key");
        wrong.Error.ShouldContain("'admin keys list'");
        var refused = await Should.ThrowAsync<BudgetException>(async () => await room.Service<BudgetDesk>(0).SetAsync("wrong", new BudgetSettings { Per = BudgetPer.Key, Requests = 5, Of = ["laptop"] }, "root", default));
        (refused.Status, refused.Code).ShouldBe((400, "invalid"));

        async Task<string[]> CountedAsync(string key)
        {
            var reservation = await room.Gates[0].ReserveAsync(new BudgetRequest("alice", key, "echo", 1, 0), default);
            reservation.Release();
            return [.. reservation.Parts.Select(part => $"{part.Slice.Id.Budget} {part.Slice.Id.Key}")];
        }
    }

    [Fact]
    public async Task Usage_is_found_by_a_pattern_with_a_slash_and_by_a_key_as_it_is_listed()
    {
        await using var room = await BudgetRoom.OpenAsync(1);
        await room.SetAsync("open_weights", "--per", "model", "--window", "day", "--requests", "5", "--models", "meta-llama/*", "qwen/*");
        await room.SetAsync("all", "--per", "tenant", "--window", "day", "--requests", "5");

        (await room.Gates[0].ReserveAsync(new BudgetRequest("alice", "sp_abcdefghij", "meta-llama/llama-4", 1, 0), default)).Settle(new BudgetUsage(1, null));

        await room.Database.UntilAsync("select coalesce(sum(calls), 0) = 3 from budgets.windows");
        (await FoundAsync("meta-llama/*")).ShouldBe(["open_weights"]);
        (await FoundAsync("model/meta-llama/*")).ShouldBe(["open_weights"]);
        (await FoundAsync("meta-llama")).ShouldBeEmpty();
        (await FoundAsync("tenant")).ShouldBe(["all"]);
        (await FoundAsync("sp_abcdefghij")).ShouldBe(["profiles"]);
        (await FoundAsync("sp_abcdefghij_…")).ShouldBe(["profiles"]);

        async Task<string?[]> FoundAsync(string key) =>
            [.. (await room.Commands.RunAsync("admin", "budgets", "usage", "--key", key, "--json")).Succeeded().Json.EnumerateArray().Select(row => row.GetProperty("budget").GetString())];
    }

    [Fact]
    public async Task Whether_calls_without_a_price_pass_uncounted_is_shown()
    {
        await using var room = await BudgetRoom.OpenAsync(1);
        await room.SetAsync("lenient", "--per", "user", "--window", "day", "--dollars", "5", "--count-unpriced");
        await room.SetAsync("strict", "--per", "user", "--window", "day", "--dollars", "5");

        var listed = (await room.Commands.RunAsync("admin", "budgets", "list", "--json")).Succeeded().Json.EnumerateArray().Select(row => $"{row.GetProperty("name")} {row.GetProperty("unknown_price")}");
        listed.ShouldBe(["lenient count_requests", "profiles ", "strict "]);
        (await room.Commands.RunAsync("admin", "budgets", "show", "lenient", "--json")).Succeeded().Json.GetProperty("unknown_price").GetString().ShouldBe("count_requests");
        (await room.Commands.RunAsync("admin", "budgets", "list")).Succeeded().Out.ShouldContain("uncounted");
        (await room.Commands.RunAsync("admin", "budgets", "show", "lenient")).Succeeded().Out.ShouldContain("uncounted");
        (await room.Commands.RunAsync("admin", "budgets", "show", "strict")).Succeeded().Out.ShouldContain("budgets.unknown_price");
    }
}
