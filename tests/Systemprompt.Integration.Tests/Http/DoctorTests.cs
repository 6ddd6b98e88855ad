namespace Systemprompt.Integration.Tests.Http;

public sealed class DoctorTests
{
    [Fact]
    public async Task A_sound_environment_passes_without_a_server()
    {
        await using var database = await DatabaseFixture.CreateEmptyAsync();
        var command = new CommandLine(database.Url);
        (await command.RunAsync("infra", "db", "migrate")).Succeeded();

        var findings = (await command.RunAsync("doctor", "--json")).Succeeded().Json.EnumerateArray().ToLookup(
            finding => finding.GetProperty("check").GetString()!, finding => finding.GetProperty("result").GetString());

        foreach (var check in (string[])["profile", "database", "postgresql", "migrations", "database rights", "partitions", "ai"]) findings[check].ShouldBe(["ok"], check);
    }

    [Fact]
    public async Task A_database_that_is_away_is_a_finding_and_no_fault()
    {
        var run = await new CommandLine("postgres://nobody@127.0.0.1:1/none").RunAsync("doctor", "--json");

        run.Code.ShouldBe(1);
        run.Json.EnumerateArray().ShouldContain(finding => finding.GetProperty("check").GetString() == "database" && finding.GetProperty("result").GetString() == "fail");
        run.Error.ShouldNotContain("   at ");
    }
}
