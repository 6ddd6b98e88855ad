using Systemprompt.Database;
using Systemprompt.Database.Embedded;

namespace Systemprompt.EmbeddedPostgres.Tests;

/// <summary>More than one process on one folder.</summary>
public sealed class SharingTests
{
    [Fact]
    public async Task A_second_server_is_refused_and_told_who_has_it()
    {
        await using var fixture = new EmbeddedFixture();
        await using var first = await ServerProcess.StartAsync(fixture.Options.Folder, "Server");

        var fault = await Should.ThrowAsync<DatabaseRefusedException>(() => fixture.StartAsync());

        fault.Message.ShouldContain($"process {first.Id}");
        fault.Message.ShouldContain("storage.path");
        fault.Message.ShouldContain("DATABASE_URL");
        (await EmbeddedFixture.AskAsync(first.Said, "select 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_command_joins_the_server_that_runs_and_leaves_it_running()
    {
        await using var fixture = new EmbeddedFixture();
        var url = await fixture.StartAsync();
        await using (var command = await ServerProcess.StartAsync(fixture.Options.Folder, "Command")) command.Said.ShouldBe(url);

        (await EmbeddedFixture.AskAsync(url, "select 1")).ShouldBe(1);
    }

    [Fact]
    public async Task Commands_at_once_on_an_empty_folder_all_get_an_answer()
    {
        await using var fixture = new EmbeddedFixture();

        var urls = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => fixture.StartAsync(EmbeddedUse.Command)));

        urls.Distinct().ShouldHaveSingleItem();
        (await EmbeddedFixture.AskAsync(urls[0], "select 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_command_alone_ends_what_it_started()
    {
        await using var fixture = new EmbeddedFixture();
        await using (var command = await ServerProcess.StartAsync(fixture.Options.Folder, "Command")) command.Said.ShouldStartWith("postgres://");

        ProcessTable.Serving(fixture.Data).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_command_that_runs_it_waits_for_those_that_have_joined()
    {
        await using var fixture = new EmbeddedFixture();
        await using var first = fixture.Server();
        var url = await first.StartAsync(EmbeddedUse.Command, CancellationToken.None);
        await using var second = await ServerProcess.StartAsync(fixture.Options.Folder, "Command");

        var ending = first.DisposeAsync().AsTask();

        (await EmbeddedFixture.AskAsync(url, "select 1")).ShouldBe(1);
        ending.IsCompleted.ShouldBeFalse();
        await second.DisposeAsync();
        await ending;
        ProcessTable.Serving(fixture.Data).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_waits_for_a_command_to_end()
    {
        await using var fixture = new EmbeddedFixture();
        await using var command = fixture.Server();
        await command.StartAsync(EmbeddedUse.Command, CancellationToken.None);
        var server = fixture.StartAsync();
        server.IsCompleted.ShouldBeFalse();

        await command.DisposeAsync();

        (await EmbeddedFixture.AskAsync(await server, "select 1")).ShouldBe(1);
    }

    [Fact]
    public async Task Who_waits_in_vain_is_told_for_whom()
    {
        await using var fixture = new EmbeddedFixture();
        fixture.Options = fixture.Options with { Patience = TimeSpan.FromMilliseconds(50) };
        await fixture.StartAsync(EmbeddedUse.Command);

        (await Should.ThrowAsync<DatabaseException>(() => fixture.StartAsync())).Message.ShouldContain($"process {Environment.ProcessId}");
    }
}
