using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Xunit.Abstractions;

namespace Systemprompt.Published.Tests;

/// <summary>Files of the published file, by HTTP and by its command line.</summary>
[Collection(Alone.Name)]
public sealed class FileTests(ITestOutputHelper output)
{
    private const long Megabyte = 1024 * 1024;

    /// <summary>
    /// The runtime as it is when nothing but the transfer moves its memory: code is not compiled anew while it runs, and garbage is collected at 4 MB. With its
    /// defaults an idle process grows by 13 MB in 20 s for these two reasons.
    /// </summary>
    private static readonly Dictionary<string, string> Still = new() { ["DOTNET_TieredCompilation"] = "0", ["DOTNET_GCgen0size"] = "0x400000" };

    [Fact]
    public async Task A_gigabyte_goes_up_and_down_with_ranges_and_a_warm_process_grows_by_at_most_20_megabytes() => await UpAndDownAsync("local", 1024, 1024, 20, []);

    [Theory]
    [InlineData("local", 384)]
    [InlineData("database", 96)]
    public async Task A_transfer_itself_takes_at_most_10_megabytes_however_large_it_is(string storage, int megabytes) => await UpAndDownAsync(storage, megabytes, 24, 10, Still);

    [RootFact]
    public async Task A_full_disk_is_told_and_nothing_of_the_upload_stays()
    {
        await using var disk = await SmallDisk.MountAsync(32);
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database, Options($"files: {{ path: {disk.Folder}, min_free: 0 }}"));
        var token = await host.TokenAsync();
        await host.TypeAsync("truncate -s 64M large; head -c 1000000 /dev/urandom > small");

        // By its length it has no room; in chunks that shows when the disk is full.
        foreach (var chunked in new[] { "", "-H 'Transfer-Encoding: chunked' " })
        {
            var answer = (await CurlAsync(host, token, $"{chunked}--data-binary @large '{host.Address}api/v1/files?name=large'")).Split('\n');
            answer[^1].ShouldBe("507");
            JsonElement.Parse(answer[0]).GetProperty("detail").GetString().ShouldBe("the disk that files are kept on is full; try again when an operator has made room");
            await NothingStaysAsync(database, disk.Folder);
        }

        var put = await host.RunAsync("files", "put", "large", "--owner", "alice");
        (put.ExitCode, put.Error.Trim()).ShouldBe((1, "the disk that files are kept on is full; try again when an operator has made room"));
        disk.Fill();
        (await CurlAsync(host, token, $"--data-binary @small '{host.Address}api/v1/files?name=small'")).ShouldEndWith("507");
        await NothingStaysAsync(database, disk.Folder);

        disk.Free();
        (await CurlAsync(host, token, $"--data-binary @small '{host.Address}api/v1/files?name=small'")).ShouldEndWith("201");
        (await host.RunAsync("files", "verify")).Succeeded().Output.ShouldStartWith("1 contents with 1000000 bytes");
    }

    [RootFact]
    public async Task A_full_disk_of_the_database_is_told_and_nothing_of_the_upload_stays()
    {
        await using var disk = await SmallDisk.MountAsync(80);
        await using var database = await TestDatabase.CreateInAsync(disk);
        // What an operator deletes to make room; on a disk that stays full the server can hardly read.
        var ballast = Path.Combine(disk.Folder, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[16 << 20]);
        await using var host = await PublishedHost.StartAsync(database, Options("files: { storage: database }"));
        var token = await host.TokenAsync();
        await host.TypeAsync("truncate -s 80M large");

        var answer = (await CurlAsync(host, token, $"--data-binary @large '{host.Address}api/v1/files?name=large'")).Split('\n');

        answer[^1].ShouldBe("507");
        JsonElement.Parse(answer[0]).GetProperty("code").GetString().ShouldBe("storage_full");
        File.Delete(ballast);
        (await host.RunAsync("files", "list", "--json")).Succeeded().Json().GetArrayLength().ShouldBe(0);
        // Where even deleting did not fit on the disk, the sweep does it, later.
        await database.ExecuteAsync("update files.blobs set since = now() - interval '8 hours' where state = 'writing'");
        (await host.RunAsync("infra", "jobs", "run", "files.sweep")).Succeeded();
        (await database.ScalarAsync<long>("select (select count(*) from files.chunks) + (select count(*) from files.blobs)")).ShouldBe(0);
    }

    [Fact]
    public async Task Hostile_names_are_cleaned_and_nothing_leaves_its_folder()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database, Options(""));
        using var alice = await host.ClientForAsync("alice");
        string[] hostile = ["../../etc/passwd", "..\\..\\up.txt", "/etc/shadow", "a\0b", "a\r\nb", "con", "invoice\u202efdp.exe", "..", "\u001b[2Jclear", "-rf", "x\"; filename=\"y", new string('n', 4096) + ".pdf"];
        foreach (var (name, number) in hostile.Select((name, number) => (name, number)))
        {
            using var answer = await alice.PostAsync($"api/v1/files?name={Uri.EscapeDataString(name)}", new StringContent($"{number}"));
            answer.StatusCode.ShouldBe(HttpStatusCode.Created, name);
            var id = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
            var folder = Directory.CreateDirectory(Path.Combine(host.Folder, $"get{number}", "inner", "most")).FullName;

            (await host.RunAsync("files", "get", id, "--out", folder)).Succeeded();

            var saved = Directory.EnumerateFiles(Path.Combine(host.Folder, $"get{number}"), "*", SearchOption.AllDirectories).ShouldHaveSingleItem();
            Path.GetDirectoryName(saved).ShouldBe(folder);
            Path.GetFileName(saved).Any(char.IsControl).ShouldBeFalse();
            (await File.ReadAllTextAsync(saved)).ShouldBe($"{number}");
            using var content = await alice.GetAsync($"api/v1/files/{id}/content");
            content.Content.Headers.GetValues("Content-Disposition").Single().ShouldStartWith("attachment; ");
        }

        Directory.EnumerateFiles(Path.Combine(host.Folder, "data", "files"), "*", SearchOption.AllDirectories)
            .ShouldAllBe(path => System.Text.RegularExpressions.Regex.IsMatch(path, "/data/files/myco/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32}$"));
        (await host.RunAsync("files", "list")).Succeeded().Output.ShouldNotContain("\u001b");
    }

    [Fact]
    public async Task A_process_that_is_killed_during_an_upload_leaves_nothing_for_long_and_verify_finds_what_is_damaged()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database, Options(""));
        await host.TypeAsync("head -c 3000000 /dev/urandom > large; mkfifo slow");
        var kept = (await host.RunAsync("files", "put", "large", "--owner", "alice", "--json")).Succeeded().Json().GetProperty("id").GetString()!;
        var upload = CurlAsync(host, await host.TokenAsync(), $"-T slow '{host.Address}api/v1/files?name=slow' -X POST");
        await using (var slow = new FileStream(Path.Combine(host.Folder, "slow"), FileMode.Open, FileAccess.Write))
        {
            await slow.WriteAsync(new byte[1_000_000]);
            await slow.FlushAsync();
            // The row stands a moment before its file.
            await Condition.HoldsAsync("the upload is under way", TimeSpan.FromSeconds(20), async () =>
                Contents(host).Count == 2 && await database.ScalarAsync<long>("select count(*) from files.blobs where state = 'writing'") == 1);
            await host.KillAsync();
        }

        await upload;
        await host.StartAsync();
        Contents(host).Count.ShouldBe(2);
        await database.ExecuteAsync("update files.blobs set since = now() - interval '8 hours' where state = 'writing'");
        (await host.RunAsync("infra", "jobs", "run", "files.sweep")).Succeeded();
        (await database.ScalarAsync<long>("select count(*) from files.blobs")).ShouldBe(1);
        var content = Contents(host).ShouldHaveSingleItem();
        (await host.RunAsync("files", "verify")).Succeeded();

        await using (var file = new FileStream(content, FileMode.Open))
        {
            file.Position = 1_500_000;
            var old = file.ReadByte();
            file.Position = 1_500_000;
            file.WriteByte((byte)(old ^ 1));
        }

        var verify = await host.RunAsync("files", "verify");
        (verify.ExitCode, verify.Output.Contains("damaged", StringComparison.Ordinal), verify.Output.Contains(kept, StringComparison.Ordinal)).ShouldBe((1, true, true));
    }

    private async Task UpAndDownAsync(string storage, int megabytes, int first, int most, Dictionary<string, string> variables)
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var host = await PublishedHost.StartAsync(database, Options($"files: {{ storage: {storage} }}") with { Variables = variables });
        using var alice = await host.ClientForAsync("alice");
        alice.Timeout = TimeSpan.FromMinutes(3);
        // What a process that has just started takes for the first transfer is shown, and not judged: most of it is not the transfer's (see Still).
        var cold = new Memory(host.ProcessId);
        using (var before = await UploadAsync(alice, new Pattern(first))) await DownAsync(alice, Id(before.Json));
        output.WriteLine($"{storage}: the first {first} MB took {cold.Grown() / (double)Megabyte:0.0} MB more than the {cold.Before / Megabyte} MB of a process that had served no request");
        var (pattern, memory) = (new Pattern(megabytes), new Memory(host.ProcessId));

        var from = Stopwatch.GetTimestamp();
        using var uploaded = await UploadAsync(alice, pattern);
        var up = Stopwatch.GetElapsedTime(from);
        var id = Id(uploaded.Json);
        var sha256 = uploaded.Json.GetProperty("sha256").GetString();
        from = Stopwatch.GetTimestamp();
        (await DownAsync(alice, id)).ShouldBe((pattern.Length, sha256));
        var down = Stopwatch.GetElapsedTime(from);
        foreach (var offset in new[] { 0, pattern.Length / 3, pattern.Length - 70_000 }) await RangeAsync(alice, id, pattern, offset, 70_000);

        // A download that was cut off goes on where it was.
        await File.WriteAllBytesAsync(Path.Combine(host.Folder, "part"), pattern.At(0, 5_000_001));
        (await CurlAsync(host, await host.TokenAsync(), $"-C - -o part '{host.Address}api/v1/files/{id}/content'")).ShouldEndWith("206");
        (await host.TypeAsync("sha256sum part")).Output.Split(' ')[0].ShouldBe(sha256);
        var grown = memory.Grown();
        output.WriteLine($"{storage}: {megabytes} MB up in {up.TotalSeconds:0.0} s, down in {down.TotalSeconds:0.0} s, {grown / (double)Megabyte:0.0} MB more resident than {memory.Before / Megabyte} MB at most");
        grown.ShouldBeLessThanOrEqualTo(most * Megabyte);

        sha256.ShouldBe(pattern.Sha256());
        (await host.RunAsync("files", "get", id, "--out", "part", "--force")).Succeeded();
        new FileInfo(Path.Combine(host.Folder, "part")).Length.ShouldBe(pattern.Length);
        (await host.RunAsync("files", "usage", "--json")).Succeeded().Json().GetProperty("owners")[0].GetProperty("files").GetInt64().ShouldBe(2);
        (await host.RunAsync("files", "delete", id)).Succeeded();
    }

    private static async Task<Uploaded> UploadAsync(HttpClient client, Pattern pattern)
    {
        var answer = await client.PostAsync("api/v1/files?name=pattern.bin", pattern.Body());
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        return new Uploaded(answer, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    private static async Task<(long Length, string Sha256)> DownAsync(HttpClient client, string id)
    {
        using var answer = await client.GetAsync($"api/v1/files/{id}/content", HttpCompletionOption.ResponseHeadersRead);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        await using var content = await answer.Content.ReadAsStreamAsync();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (buffer, length) = (new byte[128 * 1024], 0L);
        while (await content.ReadAsync(buffer) is > 0 and var read)
        {
            hash.AppendData(buffer, 0, read);
            length += read;
        }

        return (length, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static async Task RangeAsync(HttpClient client, string id, Pattern pattern, long offset, int count)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"api/v1/files/{id}/content") { Headers = { Range = new RangeHeaderValue(offset, offset + count - 1) } };
        using var answer = await client.SendAsync(request);
        (answer.StatusCode, answer.Content.Headers.ContentRange!.ToString()).ShouldBe((HttpStatusCode.PartialContent, $"bytes {offset}-{offset + count - 1}/{pattern.Length}"));
        (await answer.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(pattern.At(offset, count)).ShouldBeTrue();
    }

    /// <summary>What curl prints, and on a last line the status.</summary>
    private static async Task<string> CurlAsync(PublishedHost host, string token, string arguments) =>
        (await host.TypeAsync($"curl -s -w '\\n%{{http_code}}' -H 'Authorization: Bearer {token}' {arguments} || true")).Output.Trim();

    private static async Task NothingStaysAsync(TestDatabase database, string folder)
    {
        (await database.ScalarAsync<long>("select (select count(*) from files.files) + (select count(*) from files.blobs) + (select count(*) from files.chunks)")).ShouldBe(0);
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    private static List<string> Contents(PublishedHost host) => [.. Directory.EnumerateFiles(Path.Combine(host.Folder, "data", "files"), "*", SearchOption.AllDirectories)];

    private static HostOptions Options(string files) => new() { Profile = "files", Profiles = new Dictionary<string, string> { ["files"] = new TestProfile { More = files }.ToString() } };

    private static string Id(JsonElement file) => file.GetProperty("id").GetString()!;

    private sealed record Uploaded(HttpResponseMessage Answer, JsonElement Json) : IDisposable
    {
        public void Dispose() => Answer.Dispose();
    }

    /// <summary>How much memory a process has come to hold at most, from now on.</summary>
    private sealed class Memory
    {
        private readonly int _process;

        public Memory(int process)
        {
            _process = process;
            // 5 makes the kernel forget the peak there was.
            File.WriteAllText($"/proc/{process}/clear_refs", "5");
            Before = Read("VmRSS");
        }

        public long Before { get; }

        public long Grown() => Read("VmHWM") - Before;

        private long Read(string field) =>
            long.Parse(File.ReadLines($"/proc/{_process}/status").Single(line => line.StartsWith(field + ":", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) * 1024;
    }
}
