using System.Text.RegularExpressions;

namespace Systemprompt.Integration.Tests.Audit;

/// <summary>An export that anybody verifies without the database, and what it shows of whoever changed it.</summary>
public sealed class ProofTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("systemprompt-proof-").FullName;
    private AuditTrail _trail = null!;

    private string File => Path.Combine(_folder, "proof");

    public async Task InitializeAsync()
    {
        _trail = await AuditTrail.StartAsync();
        for (var at = 0; at < 6; at++) await _trail.CallAsync(at, user: at == 3 ? "ü\"\\, \r\nline" : "alice", model: at == 4 ? "=1+1" : "echo", client: at == 5 ? "a,b\n\\N" : null);
        await _trail.DecisionAsync(6, reason: "\\N, said \"no\"\r\n=1");
    }

    public async Task DisposeAsync()
    {
        await _trail.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("csv")]
    public async Task An_export_verifies_without_a_database_and_without_a_profile(string format)
    {
        var exported = (await ExportAsync(format)).Json;
        exported.GetProperty("rows").GetInt64().ShouldBe(13);
        exported.GetProperty("rows_in_range").GetInt64().ShouldBe(13);
        exported.GetProperty("whole").GetBoolean().ShouldBeTrue();

        var nowhere = new CommandLine("postgres://nobody@127.0.0.1:1/none");
        nowhere.Variables.Remove("SYSTEMPROMPT_PROFILE");
        var verified = (await nowhere.RunAsync("infra", "audit", "verify", "--file", File, "--json")).Succeeded().Json;

        verified.GetProperty("whole").GetBoolean().ShouldBeTrue();
        verified.GetProperty("sha256").GetString().ShouldBe(exported.GetProperty("sha256").GetString());
        var writer = verified.GetProperty("writers")[0];
        writer.GetProperty("rows").GetInt64().ShouldBe(13);
        writer.GetProperty("head").GetString().ShouldBe(await _trail.Database.ScalarAsync<string>($"select encode(head, 'hex') from audit.writers where id = '{writer.GetProperty("writer").GetGuid()}'"));
        if (!OperatingSystem.IsWindows()) System.IO.File.GetUnixFileMode(File).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await System.IO.File.ReadAllTextAsync(File)).ShouldNotContain("alice");
    }

    [Fact]
    public async Task A_range_is_exported_with_the_part_of_the_chain_that_holds_it()
    {
        var exported = (await ExportAsync("json", "--since", "2026-03-01T12:02Z", "--until", "2026-03-01T12:04Z")).Json;

        exported.GetProperty("rows").GetInt64().ShouldBe(4);
        var text = await System.IO.File.ReadAllTextAsync(File);
        text.ShouldContain("\"from\":5,\"previous\":\"" + await HashAsync(4));
        text.ShouldContain("\"next\":\"" + await HashAsync(9));
        (await VerifyAsync()).Code.ShouldBe(0);
    }

    [Fact]
    public async Task An_empty_range_is_an_export_that_says_so()
    {
        (await ExportAsync("json", "--until", "2026-03-01T11:00Z")).Json.GetProperty("rows").GetInt64().ShouldBe(0);

        (await VerifyAsync()).Code.ShouldBe(0);
    }

    [Theory]
    [InlineData("json", "\"completed\",200", "\"completed\",201", 4, "row 2 of writer W in ai.requests_settled is not as it was written")]
    [InlineData("json", "\"alice2", "\"alice3", 0, "")]
    [InlineData("csv", ",completed,200", ",completed,201", 8, "row 2 of writer W in ai.requests_settled is not as it was written")]
    [InlineData("json", "systemprompt audit proof 1", "systemprompt audit proof 2", 1, "it does not begin as an export with proof does")]
    public async Task A_changed_byte_is_named(string format, string was, string became, int line, string fault)
    {
        await ExportAsync(format);
        var text = await System.IO.File.ReadAllTextAsync(File);
        if (line == 0)
        {
            // In the header, which no row's hash covers.
            await System.IO.File.WriteAllTextAsync(File, text.Replace("\"tenant\":\"tests\"", "\"tenant\":\"other\"", StringComparison.Ordinal));
            (await FaultsAsync()).ShouldBe(["the lines do not hash to what the last one says; every row is as it was written, something else in the file is not"]);
            return;
        }

        var at = text.IndexOf(was, StringComparison.Ordinal);
        at.ShouldBePositive();
        await System.IO.File.WriteAllTextAsync(File, text[..at] + became + text[(at + was.Length)..]);

        (await FaultsAsync())[0].ShouldStartWith($"line {line}: {fault}");
    }

    [Theory]
    [InlineData("json")]
    [InlineData("csv")]
    public async Task Any_byte_that_is_changed_is_found(string format)
    {
        await ExportAsync(format);
        var whole = await System.IO.File.ReadAllBytesAsync(File);
        var random = new Random(4711);
        for (var round = 0; round < 150; round++)
        {
            var bytes = whole.ToArray();
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            await System.IO.File.WriteAllBytesAsync(File, bytes);
            var result = await VerifyAsync();
            result.Code.ShouldBe(1, $"round {round}");
            result.Error.ShouldNotBeEmpty();
        }
    }

    [Fact]
    public async Task A_missing_row_a_swapped_row_and_a_cut_end_are_told_apart()
    {
        await ExportAsync("json");
        var lines = await System.IO.File.ReadAllLinesAsync(File);

        await System.IO.File.WriteAllLinesAsync(File, [.. lines[..4], .. lines[5..]]);
        (await FaultsAsync())[0].ShouldBe("line 5: row 3 of writer W is missing; row 4 in ai.requests_settled stands in its place");

        await System.IO.File.WriteAllLinesAsync(File, [.. lines[..4], lines[5], lines[4], .. lines[6..]]);
        (await FaultsAsync())[0].ShouldBe("line 6: row 3 of writer W stands after row 4 or a later one: rows were swapped");

        await System.IO.File.WriteAllLinesAsync(File, [.. lines[..14], .. lines[15..]]);
        (await FaultsAsync()).ShouldContain("rows 13 to 13 of writer W are missing at the end");

        await System.IO.File.WriteAllLinesAsync(File, lines[..8]);
        (await FaultsAsync()).ShouldBe(["the end of the file is missing: its last line does not say what the others hash to"]);

        await System.IO.File.WriteAllLinesAsync(File, [lines[0], .. lines[^2..]]);
        (await FaultsAsync()).ShouldContain("all rows of writer W are missing");
    }

    [Fact]
    public async Task A_row_altered_in_the_database_is_named_by_the_export_and_by_its_reader()
    {
        await _trail.Database.ExecuteAsync("update ai.requests_settled set cost_microdollars = 1 where seq = 4");

        var export = await _trail.RunAsync("infra", "audit", "export", "--proof", "--to", File, "--json");

        export.Code.ShouldBe(1);
        export.Error.ShouldContain("row 4 of writer");
        export.Json.GetProperty("whole").GetBoolean().ShouldBeFalse();
        (await FaultsAsync()).ShouldBe(["line 6: row 4 of writer W in ai.requests_settled is not as it was written, or not the one that followed row 3"]);
    }

    [Theory]
    [InlineData("delete from governance.hook_decisions; delete from ai.requests_settled where seq = 12", "", "rows 12 to 13 of writer W are missing at the end", "rows 12 to 13 of writer W are missing at the end")]
    [InlineData("delete from governance.hook_decisions; delete from ai.requests_settled where seq = 12", "--since 2026-03-01T12:02Z", "rows 12 to 13 of writer W are missing at the end", "rows 12 to 13 of writer W are missing at the end")]
    [InlineData("delete from ai.requests_opened where seq = 1; delete from ai.requests_settled where seq = 2", "", "rows 1 to 2 of writer W are missing at the beginning", "rows 1 to 2 of writer W are missing at the beginning")]
    [InlineData("delete from governance.hook_decisions; delete from ai.requests_opened; delete from ai.requests_settled", "", "all 13 rows of writer W are missing", "all rows of writer W are missing")]
    [InlineData("delete from ai.requests_opened where seq = 11", "--until 2026-03-01T12:05Z", "row 11 of writer W is missing: its chain goes on to row 13", "row 11 of writer W is missing: its chain goes on to row 13")]
    [InlineData("delete from audit.writers", "", "writer W is not in audit.writers: nothing says where its chain ends", "writer W is not in audit.writers: nothing says where its chain ends")]
    [InlineData("update audit.writers set head = sha256('x')", "", "row 13 of writer W is not the one that its chain ends with", "row 13 of writer W is not the one that its chain ends with")]
    [InlineData("update audit.writers set last_seq = 12", "", "row 13 of writer W is none that it wrote: its chain ends at row 12", "row 13 of writer W is none that it wrote: its chain ends at row 12")]
    public async Task What_is_missing_is_said_by_the_export_and_by_its_reader(string sql, string range, string exported, string read)
    {
        await _trail.Database.ExecuteAsync(sql);

        var export = await _trail.RunAsync(["infra", "audit", "export", "--proof", "--to", File, "--json", .. range.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        export.Code.ShouldBe(1);
        Anonymous(export.Error).Trim().ShouldBe(exported);
        export.Json.GetProperty("whole").GetBoolean().ShouldBeFalse();
        (await FaultsAsync())[0].ShouldBe(read);
    }

    [Fact]
    public async Task A_row_behind_a_dropped_day_is_said_to_be_unchecked_and_is_no_fault()
    {
        await _trail.Database.ExecuteAsync("delete from ai.requests_opened where seq < 5; delete from ai.requests_settled where seq < 5");

        var export = await ExportAsync("json", "--since", "2026-03-01T12:02Z");
        var read = (await _trail.RunAsync("infra", "audit", "verify", "--file", File, "--json")).Succeeded();

        export.Json.GetProperty("rows").GetInt64().ShouldBe(9);
        foreach (var said in new[] { export.Error, read.Error }) Anonymous(said).Trim().ShouldBe("row 5 of writer W itself could not be checked: the row before it is gone");
        var writer = read.Json.GetProperty("writers")[0];
        writer.GetProperty("rows").GetInt64().ShouldBe(8);
        Anonymous(writer.GetProperty("note").GetString()!).ShouldStartWith("row 5 of writer W");
    }

    [Fact]
    public async Task A_chain_whose_beginning_or_end_was_taken_out_of_the_file_does_not_pass()
    {
        await ExportAsync("json");
        var text = await System.IO.File.ReadAllTextAsync(File);

        await System.IO.File.WriteAllTextAsync(File, Regex.Replace(text, "\"from\":1,\"previous\":\"[0-9a-f]{64}\"", "\"from\":1,\"previous\":null"));
        (await FaultsAsync()).ShouldBe(["line 2: writer W does not begin as its chain does"]);

        var lines = text.Split('\n');
        var second = Regex.Match(lines[3], "\"hash\":\"([0-9a-f]{64})\"").Groups[1].Value;
        lines[1] = Regex.Replace(lines[1], "\"from\":1,\"previous\":\"[0-9a-f]{64}\"", $"\"from\":3,\"previous\":\"{second}\"");
        await System.IO.File.WriteAllTextAsync(File, string.Join('\n', lines[..2].Concat(lines[4..])));
        (await FaultsAsync())[0].ShouldBe("rows 1 to 2 of writer W are missing at the beginning");

        await System.IO.File.WriteAllTextAsync(File, text.Replace("\"last_seq\":13", "\"last_seq\":14", StringComparison.Ordinal));
        (await FaultsAsync()).ShouldBe(["row 14 of writer W is missing: its chain goes on to row 14"]);
    }

    [Theory]
    [InlineData("--proof", "--proof writes a file")]
    [InlineData("--proof --to x --user alice", "--proof takes whole parts")]
    [InlineData("--proof --to x --model claude-sonnet-4-5", "no --user, --model, --project or --status")]
    [InlineData("--proof --to x --project atlas", "no --user, --model, --project or --status")]
    [InlineData("--format xml", "neither json nor csv")]
    [InlineData("--format csv --json", "two answers")]
    public async Task A_wrong_call_is_explained(string options, string message)
    {
        var result = await _trail.RunAsync(["infra", "audit", "export", .. options.Split(' ')]);

        result.Code.ShouldBe(2);
        result.Error.ShouldContain(message);
    }

    [Fact]
    public async Task A_file_that_is_none_and_a_place_that_is_none_are_explained()
    {
        await System.IO.File.WriteAllTextAsync(File, "hello\n");
        (await FaultsAsync()).ShouldBe(["line 1: it is no line of an export with proof"]);
        (await _trail.RunAsync("infra", "audit", "verify", "--file", Path.Combine(_folder, "none"))).Error.ShouldContain("cannot be read");
        (await _trail.RunAsync("infra", "audit", "export", "--proof", "--to", _folder)).Error.ShouldContain("is a directory");
        (await _trail.RunAsync("infra", "audit", "export", "--proof", "--to", Path.Combine(_folder, "no", "where"))).Error.ShouldContain("cannot be written");
    }

    [Fact]
    public async Task An_export_without_proof_goes_to_a_file_too()
    {
        var exported = (await _trail.RunAsync("infra", "audit", "export", "--format", "csv", "--to", File, "--json")).Succeeded().Json;

        exported.GetProperty("entries").GetInt64().ShouldBe(7);
        (await System.IO.File.ReadAllLinesAsync(File))[0].ShouldStartWith("time,id,kind,");
        Directory.GetFiles(_folder).ShouldBe([File]);
    }

    private async Task<CommandResult> ExportAsync(string format, params string[] options) =>
        (await _trail.RunAsync(["infra", "audit", "export", "--proof", "--format", format, "--to", File, "--json", .. options])).Succeeded();

    private Task<CommandResult> VerifyAsync() => _trail.RunAsync("infra", "audit", "verify", "--file", File);

    private async Task<string[]> FaultsAsync()
    {
        var result = await VerifyAsync();
        result.Code.ShouldBe(1);
        return [.. result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Anonymous)];
    }

    private static string Anonymous(string text) => Regex.Replace(text, "[0-9a-f]{8}-[0-9a-f-]{27}", "W");

    private Task<string> HashAsync(long seq) => _trail.Database.ScalarAsync<string>(
        $"select encode(hash, 'hex') from (select seq, hash from ai.requests_opened union all select seq, hash from ai.requests_settled) r where seq = {seq}");
}
