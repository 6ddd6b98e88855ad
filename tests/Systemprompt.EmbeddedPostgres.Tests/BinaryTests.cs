using Systemprompt.Database;
using Systemprompt.Database.Embedded;

namespace Systemprompt.EmbeddedPostgres.Tests;

public sealed class BinaryTests
{
    [Fact]
    public async Task Without_binaries_it_says_where_it_looked_and_the_three_remedies()
    {
        var search = new BinarySearch(null, ["/nonexistent/app"], "/nonexistent/cache", "/nonexistent/system");

        var fault = await Should.ThrowAsync<DatabaseRefusedException>(() => search.FindAsync(null, CancellationToken.None));

        foreach (var part in new[] { "/nonexistent/cache", "/nonexistent/system", "apt-get install postgresql", "SYSTEMPROMPT_POSTGRES", "DATABASE_URL" }) fault.Message.ShouldContain(part);
    }

    [Fact]
    public async Task A_directory_named_in_vain_is_told_and_nothing_else_is_taken_instead()
    {
        var search = TestBinaries.Search with { Named = "/nonexistent" };

        (await Should.ThrowAsync<DatabaseRefusedException>(() => search.FindAsync(null, CancellationToken.None))).Message.ShouldContain("SYSTEMPROMPT_POSTGRES is '/nonexistent'");
    }

    [Fact]
    public async Task The_directory_may_be_named_with_or_without_its_bin()
    {
        foreach (var named in new[] { TestBinaries.Directory, Path.GetDirectoryName(TestBinaries.Directory)! })
            (await (TestBinaries.Search with { Named = named }).FindAsync(null, CancellationToken.None)).Directory.ShouldBe(TestBinaries.Directory);
    }

    [Fact]
    public async Task Beside_the_file_comes_before_the_cache_and_the_newest_of_the_cache_first()
    {
        await using var fixture = new EmbeddedFixture();
        var (older, newer, beside) = (Make("cache/9.6"), Make("cache/18.4"), Make("app/postgres"));
        var search = new BinarySearch(null, [fixture.In("empty")], fixture.In("cache"), fixture.In("none"));

        (await search.FindAsync(null, CancellationToken.None)).Directory.ShouldBe(newer);
        (await search.FindAsync(9, CancellationToken.None)).Directory.ShouldBe(older);
        (await search.FindAsync(11, CancellationToken.None)).Directory.ShouldBe(newer);
        (await (search with { Beside = [fixture.In("app")] }).FindAsync(null, CancellationToken.None)).Directory.ShouldBe(beside);

        string Make(string name)
        {
            var bin = Path.Combine(fixture.In(name), "bin");
            Directory.CreateDirectory(bin);
            foreach (var program in new[] { "postgres", "initdb" })
            {
                File.WriteAllText(Path.Combine(bin, program), $"#!/bin/sh\necho 'postgres (PostgreSQL) {(name.Contains("9.6") ? "9.6.24" : "18.4")}'\n");
                if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(bin, program), (UnixFileMode)0b111_101_101);
            }

            return bin;
        }
    }

    [Fact]
    public async Task Data_of_another_major_version_is_left_alone_and_told_with_the_remedies()
    {
        await using var fixture = new EmbeddedFixture();
        await fixture.StartAsync();
        await fixture.StopAsync();
        await File.WriteAllTextAsync(Path.Combine(fixture.Data, "PG_VERSION"), "13\n");

        var fault = await Should.ThrowAsync<DatabaseRefusedException>(() => fixture.StartAsync());

        foreach (var part in new[] { "was made by PostgreSQL 13", fixture.Data, TestBinaries.Directory, "SYSTEMPROMPT_POSTGRES" }) fault.Message.ShouldContain(part);
        File.Exists(Path.Combine(fixture.Data, "global", "pg_control")).ShouldBeTrue();
    }

    [Fact]
    public async Task Binaries_that_do_not_run_here_are_told()
    {
        await using var fixture = new EmbeddedFixture();
        Directory.CreateDirectory(fixture.In("bin"));
        foreach (var program in new[] { "postgres", "initdb" }) await File.WriteAllTextAsync(Path.Combine(fixture.In("bin"), program), "no program");

        (await Should.ThrowAsync<DatabaseRefusedException>(() => (TestBinaries.Search with { Named = fixture.In("bin") }).FindAsync(null, CancellationToken.None)))
            .Message.ShouldContain($"cannot run the PostgreSQL in {fixture.In("bin")}");
    }
}
