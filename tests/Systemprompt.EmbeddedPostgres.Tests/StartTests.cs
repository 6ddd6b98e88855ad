using Systemprompt.Database;
using Systemprompt.Database.Embedded;

namespace Systemprompt.EmbeddedPostgres.Tests;

public sealed class StartTests
{
    [Fact]
    public async Task It_starts_from_nothing_and_keeps_its_data_between_runs()
    {
        await using var fixture = new EmbeddedFixture();
        var url = await fixture.StartAsync();
        (await EmbeddedFixture.AskAsync(url, "create table kept (n int); insert into kept values (7); select current_database()")).ShouldBe("systemprompt");
        await fixture.StopAsync();

        File.Exists(Path.Combine(fixture.Data, "postmaster.pid")).ShouldBeFalse();
        (await EmbeddedFixture.AskAsync(await fixture.StartAsync(), "select n from kept")).ShouldBe(7);
    }

    [Fact]
    public async Task What_is_committed_is_on_the_disk_and_text_folds_alike_everywhere()
    {
        await using var fixture = new EmbeddedFixture();
        var url = await fixture.StartAsync();

        (await EmbeddedFixture.AskAsync(url, "select string_agg(current_setting(name), ' ') from unnest(array['fsync', 'synchronous_commit', 'full_page_writes', 'server_encoding', 'TimeZone', 'listen_addresses']) as name"))
            .ShouldBe("on on on UTF8 UTC ");
        (await EmbeddedFixture.AskAsync(url, "select upper('zürich')")).ShouldBe("ZÜRICH");
    }

    [Fact]
    public async Task What_an_interrupted_first_start_left_is_made_anew()
    {
        await using var fixture = new EmbeddedFixture();
        await fixture.StartAsync();
        await fixture.StopAsync();
        Directory.Move(fixture.Data, fixture.Data + ".new");
        File.Delete(Path.Combine(fixture.Data + ".new", "PG_VERSION"));

        (await EmbeddedFixture.AskAsync(await fixture.StartAsync(), "select 1")).ShouldBe(1);
        Directory.Exists(fixture.Data + ".new").ShouldBeFalse();
    }

    [Theory]
    [InlineData("a folder, with \"signs\" and spaces")]
    [InlineData("ein Ordner für Zürich")]
    public async Task Any_path_will_do(string name)
    {
        await using var fixture = new EmbeddedFixture();
        fixture.Options = fixture.Options with { Folder = fixture.In(name) };

        (await EmbeddedFixture.AskAsync(await fixture.StartAsync(), "select 1")).ShouldBe(1);
    }

    [Fact]
    public async Task With_a_path_too_long_for_a_socket_the_socket_is_elsewhere_and_goes_with_the_server()
    {
        await using var fixture = new EmbeddedFixture();
        fixture.Options = fixture.Options with { Folder = Path.Combine(fixture.In(new string('a', 100)), new string('b', 100)) };
        (await EmbeddedFixture.AskAsync(await fixture.StartAsync(), "select 1")).ShouldBe(1);
        var socket = PostmasterFile.Read(fixture.Data)!.Socket!;
        socket.ShouldStartWith(Path.GetTempPath());
        (await EmbeddedFixture.AskAsync(await fixture.StartAsync(EmbeddedUse.Command), "select 1")).ShouldBe(1);

        await fixture.StopAsync();

        Directory.Exists(socket).ShouldBeFalse();
    }

    [Fact]
    public async Task Why_it_does_not_start_is_told_from_its_log_and_nothing_is_left()
    {
        await using var fixture = new EmbeddedFixture();
        var options = fixture.Options;
        fixture.Options = options with { Settings = ["shared_buffers=plenty"] };

        var fault = await Should.ThrowAsync<DatabaseRefusedException>(() => fixture.StartAsync());

        fault.Message.ShouldContain("invalid value for parameter \"shared_buffers\"");
        fault.Message.ShouldContain(Path.Combine(options.Folder, "log"));
        fixture.Options = options;
        (await EmbeddedFixture.AskAsync(await fixture.StartAsync(), "select 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_told_with_the_remedy()
    {
        await using var fixture = new EmbeddedFixture();
        await File.WriteAllTextAsync(fixture.In("file"), "");
        fixture.Options = fixture.Options with { Folder = Path.Combine(fixture.In("file"), "postgres") };

        (await Should.ThrowAsync<DatabaseRefusedException>(() => fixture.StartAsync())).Message.ShouldContain("storage.path");
    }
}
