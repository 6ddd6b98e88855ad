using System.Diagnostics;
using Systemprompt.Database.Embedded;

namespace Systemprompt.EmbeddedPostgres.Tests;

public sealed class CrashTests
{
    [Fact]
    public async Task It_ends_with_its_parent_even_when_that_is_killed()
    {
        await using var fixture = new EmbeddedFixture();
        await using var parent = await ServerProcess.StartAsync(fixture.Options.Folder, "Server");
        (await EmbeddedFixture.AskAsync(parent.Said, "create table kept as select 7 as n; select n from kept")).ShouldBe(7);
        ProcessTable.Serving(fixture.Data).ShouldNotBeEmpty();
        var killed = Stopwatch.GetTimestamp();

        await parent.KillAsync();

        await EmbeddedFixture.UntilAsync(() => !ProcessTable.Serving(fixture.Data).Any(), "PostgreSQL outlives its parent");
        Stopwatch.GetElapsedTime(killed).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        (await EmbeddedFixture.AskAsync(await fixture.StartAsync(), "select n from kept")).ShouldBe(7);
    }

    [Fact]
    public async Task A_throwaway_goes_with_its_files_however_its_parent_ends()
    {
        await using var fixture = new EmbeddedFixture();
        await using var parent = await ServerProcess.StartAsync(fixture.Options.Folder, "Throwaway");
        (await EmbeddedFixture.AskAsync(parent.Said, "select 1")).ShouldBe(1);

        await parent.KillAsync();

        // The folder itself stays where its own parent belongs to somebody else, as under root.
        await EmbeddedFixture.UntilAsync(() => IsEmpty(fixture.Options.Folder), "files are left");
    }

    [Fact]
    public async Task The_next_start_ends_one_whose_watchdog_was_killed_too()
    {
        await using var fixture = new EmbeddedFixture();
        await using var parent = await ServerProcess.StartAsync(fixture.Options.Folder, "Server");
        var orphan = fixture.Postmaster;
        await EmbeddedFixture.SignalAsync(ParentOf(orphan), "KILL");
        foreach (var reader in ChildrenWaitingOn(parent.Id)) await EmbeddedFixture.SignalAsync(reader, "KILL");
        await parent.KillAsync();
        ProcessTable.IsAlive(orphan).ShouldBeTrue();

        (await EmbeddedFixture.AskAsync(await fixture.StartAsync(), "select 1")).ShouldBe(1);

        fixture.Postmaster.ShouldNotBe(orphan);
        ProcessTable.IsAlive(orphan).ShouldBeFalse();
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("QUIT")]
    [InlineData("INT")]
    public async Task Ended_by_somebody_else_it_is_started_again_at_the_same_address(string signal)
    {
        await using var fixture = new EmbeddedFixture();
        var url = await fixture.StartAsync();
        await EmbeddedFixture.AskAsync(url, "create table kept as select 7 as n");
        var first = fixture.Postmaster;

        await EmbeddedFixture.SignalAsync(first, signal);

        await EmbeddedFixture.UntilAsync(() => PostmasterFile.Read(fixture.Data) is { IsReady: true } running && running.ProcessId != first, "it does not come back");
        (await EmbeddedFixture.AskAsync(url, "select n from kept")).ShouldBe(7);
    }

    [Theory]
    [InlineData("nobody's", "exit")]
    [InlineData("a zombie's", "sleep 0 & echo $!; exec sleep 1000")]
    [InlineData("another program's", "echo $$; exec sleep 1000")]
    public async Task A_process_number_left_behind_does_not_matter(string whose, string script)
    {
        await using var fixture = new EmbeddedFixture();
        await fixture.StartAsync();
        await fixture.StopAsync();
        using var other = EmbeddedFixture.Idle(script);
        var pid = await other.StandardOutput.ReadLineAsync() is { } said ? int.Parse(said) : other.Id;
        if (whose == "nobody's") await other.WaitForExitAsync();
        if (whose == "a zombie's") await EmbeddedFixture.UntilAsync(() => !ProcessTable.IsAlive(pid), "no zombie");
        await LeaveAsync(fixture, pid);

        (await EmbeddedFixture.AskAsync(await fixture.StartAsync(), "select 1")).ShouldBe(1, whose);

        if (!other.HasExited) other.Kill();
    }

    [Fact]
    public async Task The_process_number_of_another_PostgreSQL_does_not_matter_and_that_one_is_left_alone()
    {
        await using var neighbour = new EmbeddedFixture();
        var beside = await neighbour.StartAsync();
        await using var fixture = new EmbeddedFixture();
        await fixture.StartAsync();
        await fixture.StopAsync();
        await LeaveAsync(fixture, neighbour.Postmaster);

        (await EmbeddedFixture.AskAsync(await fixture.StartAsync(), "select 1")).ShouldBe(1);
        (await EmbeddedFixture.AskAsync(beside, "select 1")).ShouldBe(1);
    }

    /// <summary>What a killed server leaves, with a process number that is somebody else's by now.</summary>
    private static Task LeaveAsync(EmbeddedFixture fixture, int pid) => File.WriteAllTextAsync(
        Path.Combine(fixture.Data, "postmaster.pid"), $"{pid}\n{fixture.Data}\n1700000000\n5432\n{fixture.Options.Folder}/run\n\n        1         2\nready   \n");

    private static bool IsEmpty(string folder)
    {
        try
        {
            return Directory.GetFileSystemEntries(folder) is [];
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
    }

    private static int ParentOf(int pid) => int.Parse(File.ReadAllText($"/proc/{pid}/stat").Split(')')[^1].Split(' ')[2]);

    /// <summary>Shells that read a pipe which a process writes.</summary>
    private static IEnumerable<int> ChildrenWaitingOn(int pid)
    {
        var pipes = Directory.GetFiles($"/proc/{pid}/fd").Select(file => new FileInfo(file).LinkTarget).Where(target => target?.StartsWith("pipe:", StringComparison.Ordinal) == true).ToHashSet();
        return Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => char.IsAsciiDigit(name![0])).Select(name => int.Parse(name!))
            .Where(other => other != pid && new FileInfo($"/proc/{other}/fd/3").LinkTarget is { } target && pipes.Contains(target)
                && File.ReadAllText($"/proc/{other}/comm").Trim() is "sh" or "dash" or "bash");
    }
}
