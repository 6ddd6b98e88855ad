using Systemprompt.Database.Embedded;

namespace Systemprompt.EmbeddedPostgres.Tests;

/// <summary>Whom it runs as.</summary>
public sealed class AccountTests
{
    private const UnixFileMode Closed = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    [RootFact]
    public async Task As_root_it_runs_as_nobody_and_knows_nothing_of_our_environment()
    {
        await using var fixture = new EmbeddedFixture();
        await using var server = await ServerProcess.StartAsync(fixture.Options.Folder, "Server");

        File.ReadAllLines($"/proc/{fixture.Postmaster}/status").Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).ShouldContain("65534\t65534");
        File.ReadAllText($"/proc/{fixture.Postmaster}/environ").ShouldNotContain("SP_TEST_SECRET");
    }

    [RootFact]
    public async Task An_ordinary_user_runs_it_as_themselves()
    {
        await using var fixture = new EmbeddedFixture();
        Directory.CreateDirectory(fixture.In("home"));
        await ServerAccount.Current.GiveAsync(fixture.In("home"), CancellationToken.None);
        fixture.Options = fixture.Options with { Folder = Path.Combine(fixture.In("home"), "data", "postgres") };
        await using (var server = await ServerProcess.StartAsync(fixture.Options.Folder, "Server", user: "nobody"))
        {
            (await EmbeddedFixture.AskAsync(server.Said, "create table kept as select 7 as n; select n from kept")).ShouldBe(7);
            await using var command = await ServerProcess.StartAsync(fixture.Options.Folder, "Command", user: "nobody");
            command.Said.ShouldBe(server.Said);
        }

        await using var again = await ServerProcess.StartAsync(fixture.Options.Folder, "Server", user: "nobody");
        (await EmbeddedFixture.AskAsync(again.Said, "select n from kept")).ShouldBe(7);
    }

    [RootFact]
    public async Task In_roots_own_directories_the_data_is_where_nobody_can_reach_it()
    {
        await using var fixture = new EmbeddedFixture();
        var folder = Path.Combine(fixture.In("root"), "data", "postgres");
        if (!OperatingSystem.IsWindows()) Directory.CreateDirectory(fixture.In("root"), Closed);
        fixture.Options = fixture.Options with { Folder = folder };
        await EmbeddedFixture.AskAsync(await fixture.StartAsync(), "create table kept as select 7 as n");
        await fixture.StopAsync();

        new DirectoryInfo(folder).LinkTarget.ShouldNotBeNull().ShouldStartWith(fixture.In("shared") + "/");
        var url = await fixture.StartAsync();
        (await EmbeddedFixture.AskAsync(url, "select n from kept")).ShouldBe(7);
        (await fixture.StartAsync(EmbeddedUse.Command)).ShouldBe(url);
    }

    [RootFact]
    public async Task Binaries_in_roots_own_directories_are_copied_once()
    {
        await using var fixture = new EmbeddedFixture();
        var found = await TestBinaries.Search.FindAsync(null, CancellationToken.None);
        if (!OperatingSystem.IsWindows()) Directory.CreateDirectory(fixture.In("root"), Closed);
        await ServerAccount.RunAsync(new System.Diagnostics.ProcessStartInfo("cp", ["-R", Path.GetDirectoryName(found.Directory)!, Path.Combine(fixture.In("root"), "postgres")]), "copy", CancellationToken.None);
        fixture.Options = fixture.Options with { Search = TestBinaries.Search with { Named = Path.Combine(fixture.In("root"), "postgres") } };
        await fixture.StartAsync();

        new FileInfo($"/proc/{fixture.Postmaster}/exe").LinkTarget.ShouldNotBeNull().ShouldStartWith(fixture.In("shared") + "/");
        await fixture.StopAsync();
        await fixture.StartAsync();
        Directory.GetDirectories(fixture.In("shared")).ShouldHaveSingleItem();
    }
}
