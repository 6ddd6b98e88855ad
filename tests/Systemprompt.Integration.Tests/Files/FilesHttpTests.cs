using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Systemprompt.Integration.Tests.Files;

public sealed class FilesHttpTests : IAsyncLifetime
{
    private FileRoom _room = null!;
    private HttpClient _alice = null!, _bob = null!;

    public async Task InitializeAsync()
    {
        _room = await FileRoom.StartAsync("local", new() { ["FILES_MAX_SIZE"] = "40MB" });
        (_alice, _bob) = (_room.Client(), _room.Client("bob"));
    }

    public async Task DisposeAsync()
    {
        _alice.Dispose();
        _bob.Dispose();
        await _room.DisposeAsync();
    }

    [Fact]
    public async Task A_file_is_uploaded_described_read_in_parts_and_deleted()
    {
        var content = FileRoom.Random(100_000);
        var hash = SHA256.HashData(content);
        using var body = new ByteArrayContent(content) { Headers = { { "Content-Digest", $"sha-256=:{Convert.ToBase64String(hash)}:" } } };
        using var created = await _alice.PostAsync("api/v1/files?name=" + Uri.EscapeDataString("../Übersicht \"1\".bin"), body);
        created.StatusCode.ShouldBe(HttpStatusCode.Created);
        var file = await created.Content.ReadFromJsonAsync<JsonElement>();
        var (id, etag) = (file.GetProperty("id").GetGuid(), $"\"{Convert.ToHexStringLower(hash)}\"");
        created.Headers.Location!.ToString().ShouldBe($"/api/v1/files/{id}");
        (file.GetProperty("name").GetString(), file.GetProperty("mediaType").GetString(), file.GetProperty("owner").GetString()).ShouldBe(("Übersicht \"1\".bin", "application/octet-stream", "alice"));

        using var whole = await GetAsync(id);
        (await whole.Content.ReadAsByteArrayAsync()).SequenceEqual(content).ShouldBeTrue();
        whole.Headers.ETag!.Tag.ShouldBe(etag);
        whole.Headers.GetValues("Repr-Digest").Single().ShouldBe($"sha-256=:{Convert.ToBase64String(hash)}:");
        whole.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
        whole.Headers.AcceptRanges.ShouldBe(["bytes"]);
        var disposition = whole.Content.Headers.ContentDisposition!;
        (disposition.DispositionType, disposition.FileNameStar).ShouldBe(("attachment", "Übersicht \"1\".bin"));
        whole.Content.Headers.GetValues("Content-Disposition").Single().ShouldNotContain("Ü");

        using var part = await GetAsync(id, request => request.Headers.Range = new RangeHeaderValue(500, 999));
        (part.StatusCode, part.Content.Headers.ContentRange!.ToString()).ShouldBe((HttpStatusCode.PartialContent, "bytes 500-999/100000"));
        (await part.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(content.AsSpan(500, 500)).ShouldBeTrue();
        using var tail = await GetAsync(id, request => request.Headers.Range = new RangeHeaderValue(null, 10));
        (await tail.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(content.AsSpan(99_990)).ShouldBeTrue();
        using var beyond = await GetAsync(id, request => request.Headers.Range = new RangeHeaderValue(100_000, null));
        (beyond.StatusCode, beyond.Content.Headers.ContentRange!.ToString()).ShouldBe((HttpStatusCode.RequestedRangeNotSatisfiable, "bytes */100000"));
        using var same = await GetAsync(id, request => request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue(etag)));
        (same.StatusCode, (await same.Content.ReadAsByteArrayAsync()).Length).ShouldBe((HttpStatusCode.NotModified, 0));
        using var still = await GetAsync(id, request => (request.Headers.Range, request.Headers.IfRange) = (new RangeHeaderValue(0, 9), new RangeConditionHeaderValue(new EntityTagHeaderValue(etag))));
        still.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        using var changed = await GetAsync(id, request => (request.Headers.Range, request.Headers.IfRange) = (new RangeHeaderValue(0, 9), new RangeConditionHeaderValue(new EntityTagHeaderValue("\"other\""))));
        (changed.StatusCode, changed.Content.Headers.ContentLength).ShouldBe((HttpStatusCode.OK, 100_000));
        using var head = await _alice.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"api/v1/files/{id}/content"));
        (head.StatusCode, head.Content.Headers.ContentLength, head.Headers.ETag!.Tag).ShouldBe((HttpStatusCode.OK, 100_000, etag));

        (await _alice.DeleteAsync($"api/v1/files/{id}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await _alice.DeleteAsync($"api/v1/files/{id}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await _room.NothingStaysAsync();
    }

    [Fact]
    public async Task A_form_brings_one_file_and_a_broken_one_none()
    {
        using var form = new MultipartFormDataContent { { new StringContent("words"), "comment" }, { new ByteArrayContent([.. "a,b"u8]), "upload", "..\\table.csv" } };
        using var created = await _alice.PostAsync("api/v1/files", form);
        var file = await created.Content.ReadFromJsonAsync<JsonElement>();
        (created.StatusCode, file.GetProperty("name").GetString(), file.GetProperty("mediaType").GetString(), file.GetProperty("size").GetInt64()).ShouldBe((HttpStatusCode.Created, "table.csv", "text/csv", 3));
        await _alice.DeleteAsync($"api/v1/files/{file.GetProperty("id").GetGuid()}");

        using var two = new MultipartFormDataContent { { new ByteArrayContent(FileRoom.Random(9000)), "a", "a" }, { new ByteArrayContent(FileRoom.Random(9000)), "b", "b" } };
        (await CodeAsync(await _alice.PostAsync("api/v1/files", two))).ShouldBe((400, "invalid"));
        using var none = new MultipartFormDataContent { { new StringContent("words"), "comment" } };
        (await CodeAsync(await _alice.PostAsync("api/v1/files", none))).ShouldBe((400, "invalid"));
        using var cut = new StringContent("--x\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\n" + new string('a', 9000));
        cut.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
        (await CodeAsync(await _alice.PostAsync("api/v1/files", cut))).ShouldBe((400, "invalid"));
        await _room.NothingStaysAsync();
    }

    [Fact]
    public async Task A_form_has_its_place_and_its_bounds_until_it_ends()
    {
        // Without a length, so that only what comes can be counted.
        using var large = new MultipartFormDataContent { { new ByteArrayContent([1]), "upload", "a.bin" }, { new StreamContent(new Endless((41L * 1024 * 1024) + 65_536)), "more" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/v1/files") { Content = large };
        request.Headers.TransferEncodingChunked = true;
        (await CodeAsync(await _alice.SendAsync(request))).ShouldBe((413, "too_large"));
        await _room.NothingStaysAsync();

        // A quarter of the places is one owner's: the sixteen forms whose files have come, but not their ends, have them.
        var tails = Enumerable.Range(0, 16).Select(_ => new HeldStream(new byte[20_000])).ToList();
        var forms = tails.Select((tail, number) => _alice.PostAsync("api/v1/files", new MultipartFormDataContent { { new ByteArrayContent(FileRoom.Random(100)), "upload", $"{number}" }, { new StreamContent(tail), "more" } })).ToList();
        await Task.WhenAll(tails.Select(tail => tail.Held));
        await _room.Database.UntilAsync("select count(*) = 16 from files.blobs");
        (await CodeAsync(await _alice.PostAsync("api/v1/files?name=x", new StringContent("x")))).ShouldBe((503, "busy"));
        foreach (var tail in tails) tail.LetGo();
        foreach (var answer in await Task.WhenAll(forms)) answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        (await _alice.PostAsync("api/v1/files?name=x", new StringContent("x"))).StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("a\0b", "ab")]
    [InlineData("a\r\nb", "ab")]
    [InlineData("con", "_con")]
    [InlineData("invoice\u202efdp.exe", "invoicefdp.exe")]
    public async Task A_hostile_name_is_cleaned_and_no_path_is_made_of_it(string name, string kept)
    {
        using var created = await _alice.PostAsync($"api/v1/files?name={Uri.EscapeDataString(name)}", new StringContent("x"));
        var file = await created.Content.ReadFromJsonAsync<JsonElement>();

        file.GetProperty("name").GetString().ShouldBe(kept);
        Path.GetRelativePath(_room.Folder, _room.OnDisk.ShouldHaveSingleItem()).ShouldMatch("^tests/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32}$");
        (await GetAsync(file.GetProperty("id").GetGuid())).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_name_of_four_kilobytes_is_cut()
    {
        using var created = await _alice.PostAsync($"api/v1/files?name={new string('n', 4096)}.txt", new StringContent("x"));

        (await created.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("name").GetString().ShouldBe(new string('n', 251) + ".txt");
    }

    [Fact]
    public async Task Refusals_say_why_and_leave_nothing()
    {
        (await CodeAsync(await _alice.PostAsync("api/v1/files", new StringContent("x")))).ShouldBe((400, "invalid"));
        using var zipped = new StringContent("x") { Headers = { { "Content-Encoding", "gzip" } } };
        (await CodeAsync(await _alice.PostAsync("api/v1/files?name=a", zipped))).ShouldBe((415, "encoding_not_allowed"));
        using var wrong = new StringContent("x") { Headers = { { "Repr-Digest", $"sha-256=:{Convert.ToBase64String(new byte[32])}:" } } };
        (await CodeAsync(await _alice.PostAsync("api/v1/files?name=a", wrong))).ShouldBe((400, "digest_mismatch"));
        using var chunked = new StreamContent(new MemoryStream(new byte[41 * 1024 * 1024]));
        chunked.Headers.ContentLength = null;
        using var endless = new HttpRequestMessage(HttpMethod.Post, "api/v1/files?name=a") { Content = chunked, Headers = { TransferEncodingChunked = true } };
        (await CodeAsync(await _alice.SendAsync(endless))).ShouldBe((413, "too_large"));
        await _room.NothingStaysAsync();

        // More than server.max_body, less than files.max_size.
        using var large = await _alice.PostAsync("api/v1/files?name=large", new ByteArrayContent(new byte[36 * 1024 * 1024]));
        large.StatusCode.ShouldBe(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_length_that_is_too_great_is_refused_before_the_body_is_asked_for()
    {
        var answer = await RawAsync($"POST /api/v1/files?name=a HTTP/1.1\r\nHost: x\r\nAuthorization: {_alice.DefaultRequestHeaders.Authorization}\r\nContent-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n");
        answer.ShouldStartWith("HTTP/1.1 413 ");

        var asked = await RawAsync($"POST /api/v1/files?name=a HTTP/1.1\r\nHost: x\r\nAuthorization: {_alice.DefaultRequestHeaders.Authorization}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        asked.ShouldStartWith("HTTP/1.1 100 ");
    }

    [Fact]
    public async Task A_client_that_goes_away_leaves_nothing()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _room.Server.Address.Port);
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /api/v1/files?name=a HTTP/1.1\r\nHost: x\r\nAuthorization: {_alice.DefaultRequestHeaders.Authorization}\r\nContent-Length: 1000000\r\n\r\n"));
        await socket.GetStream().WriteAsync(FileRoom.Random(500_000));
        await _room.Database.UntilAsync("select count(*) = 1 from files.blobs where state = 'writing'");

        socket.Client.Close(0);

        await _room.Database.UntilAsync("select count(*) = 0 from files.blobs");
        await _room.NothingStaysAsync();
    }

    [Fact]
    public async Task A_file_is_its_owners_until_it_is_shared_and_nobody_learns_that_it_is_there()
    {
        (await _room.Commands.RunAsync("admin", "users", "create", "bob")).Succeeded();
        (await _room.Commands.RunAsync("admin", "teams", "create", "platform")).Succeeded();
        var id = (await _room.StoreAsync([.. "hello"u8], "alice", "notes.txt")).Id;
        using var root = _room.Client("root", Systemprompt.Security.Tier.Admin);
        var unknown = await TextAsync(_bob, $"api/v1/files/{Guid.NewGuid()}");
        foreach (var client in new[] { _bob, root })
            foreach (var path in new[] { "", "/content", "/shares" })
                (await TextAsync(client, $"api/v1/files/{id}{path}")).ShouldBe(unknown);
        (await _bob.DeleteAsync($"api/v1/files/{id}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await ShareAsync(_bob, id, new { user = "bob" })).ShouldBe((404, "not_found"));

        foreach (var (with, query) in new (object, string)[] { (new { user = "bob", hours = 1 }, "user=bob"), (new { everyone = true }, "everyone=true"), (new { team = "platform" }, "team=platform") })
        {
            (await ShareAsync(_alice, id, with)).ShouldBe((204, ""));
            if (query.StartsWith("team", StringComparison.Ordinal))
            {
                (await StatusAsync(_bob, id)).ShouldBe(HttpStatusCode.NotFound);
                (await _room.Commands.RunAsync("admin", "teams", "add", "platform", "bob")).Succeeded();
            }

            (await StatusAsync(_bob, id)).ShouldBe(HttpStatusCode.OK);
            (await ListAsync(_bob, "which=shared")).ShouldBe(["notes.txt"]);
            (await ListAsync(_bob, "which=own")).ShouldBeEmpty();
            // Reading is all that is shared.
            (await _bob.DeleteAsync($"api/v1/files/{id}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
            (await TextAsync(_bob, $"api/v1/files/{id}/shares")).ShouldBe(unknown);
            (await _alice.DeleteAsync($"api/v1/files/{id}/shares?{query}")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
            (await StatusAsync(_bob, id)).ShouldBe(HttpStatusCode.NotFound);
            (await ListAsync(_bob, "")).ShouldBeEmpty();
        }

        await ShareAsync(_alice, id, new { user = "bob", hours = 1 });
        await _room.Database.ExecuteAsync("update files.shares set expires_at = now()");
        (await StatusAsync(_bob, id)).ShouldBe(HttpStatusCode.NotFound);
        (await ShareAsync(_alice, id, new { user = "bob", team = "platform" })).ShouldBe((400, "invalid"));
        (await ShareAsync(_alice, id, new { user = "../x" })).ShouldBe((400, "invalid"));
    }

    [Fact]
    public async Task A_link_lets_anybody_read_for_a_time_and_is_kept_as_its_hash()
    {
        var id = (await _room.StoreAsync([.. "hello"u8], "alice", "notes.txt")).Id;
        (await CodeAsync(await _bob.PostAsJsonAsync($"api/v1/files/{id}/links", new { hours = 1 }))).ShouldBe((404, "not_found"));
        (await CodeAsync(await _alice.PostAsJsonAsync($"api/v1/files/{id}/links", new { hours = 10_000 }))).ShouldBe((400, "invalid"));
        using var made = await _alice.PostAsJsonAsync($"api/v1/files/{id}/links", new { hours = 1 });
        var path = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("path").GetString()!;
        using var anybody = new HttpClient { BaseAddress = _room.Server.Address };

        (await anybody.GetStringAsync(path)).ShouldBe("hello");
        (await _room.Database.ScalarAsync<bool>($"select hash = sha256('{path.Split('/')[^1]}') from files.links")).ShouldBeTrue();
        (await CodeAsync(await anybody.GetAsync(path + "x"))).ShouldBe((404, "not_found"));
        await _room.Database.ExecuteAsync("update files.links set expires_at = now()");
        (await CodeAsync(await anybody.GetAsync(path))).ShouldBe((404, "not_found"));

        var link = (await _room.Commands.RunAsync("files", "link", $"{id}", "--for", "1h")).Succeeded().Out.Trim();
        (await anybody.GetStringAsync(link)).ShouldBe("hello");
        (await _room.Commands.RunAsync("files", "unlink", $"{id}")).Succeeded().Out.Trim().ShouldBe("1 links are ended");
        (await CodeAsync(await anybody.GetAsync(link))).ShouldBe((404, "not_found"));
    }

    [Fact]
    public async Task The_address_of_a_link_is_kept_nowhere()
    {
        var id = (await _room.StoreAsync([.. "<!doctype html><p>hello"u8], "alice", "page.html")).Id;
        using var made = await _alice.PostAsJsonAsync($"api/v1/files/{id}/links", new { hours = 1 });
        var path = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("path").GetString()!;
        using var anybody = new HttpClient { BaseAddress = _room.Server.Address };

        using var answer = await anybody.GetAsync(path);

        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        answer.Headers.CacheControl!.NoStore.ShouldBeTrue();
        await _room.Database.UntilAsync("select exists (select from analytics.requests where route = '/files/{code}')");
        (await _room.Database.ScalarAsync<long>($"select count(*) from analytics.requests where path is not null")).ShouldBe(0);
    }

    [Fact]
    public async Task What_others_share_is_listed_behind_what_oneself_shares()
    {
        (await _room.Commands.RunAsync("admin", "users", "create", "bob")).Succeeded();
        var theirs = (await _room.StoreAsync([1], "bob", "theirs")).Id;
        await _room.Database.ExecuteAsync($"insert into files.shares (tenant, file, kind, name, created_by) select tenant, id, 'everyone', '', owner from files.files where id = '{theirs}'");
        for (var number = 0; number < 4; number++)
        {
            var own = (await _room.StoreAsync([2, (byte)number], "alice", $"{number}")).Id;
            (await ShareAsync(_alice, own, new { everyone = true })).ShouldBe((204, ""));
        }

        Names(await _alice.GetFromJsonAsync<JsonElement>("api/v1/files?which=shared&limit=2")).ShouldBe(["theirs"]);
    }

    [Fact]
    public async Task Shares_that_are_over_take_no_place()
    {
        (await _room.Commands.RunAsync("admin", "users", "create", "bob")).Succeeded();
        var id = (await _room.StoreAsync([1])).Id;
        await _room.Database.ExecuteAsync($"""
            insert into files.shares (tenant, file, kind, name, created_by, expires_at)
            select f.tenant, f.id, 'user', 'u' || n, 'alice', now() from files.files f, generate_series(1, 600) n where f.id = '{id}'
            """);

        (await ShareAsync(_alice, id, new { user = "bob" })).ShouldBe((204, ""));

        (await _room.CountAsync("shares")).ShouldBe(1);
    }

    [Fact]
    public async Task Files_are_listed_newest_first_page_by_page()
    {
        for (var number = 0; number < 5; number++) await _room.StoreAsync([(byte)number], "alice", $"{number}");
        await _room.StoreAsync([9], "bob", "not hers");

        var first = await _alice.GetFromJsonAsync<JsonElement>("api/v1/files?limit=3");
        Names(first).ShouldBe(["4", "3", "2"]);
        var second = await _alice.GetFromJsonAsync<JsonElement>($"api/v1/files?limit=3&before={first.GetProperty("next").GetGuid()}");
        Names(second).ShouldBe(["1", "0"]);
        second.GetProperty("next").ValueKind.ShouldBe(JsonValueKind.Null);
        (await CodeAsync(await _alice.GetAsync("api/v1/files?which=none"))).ShouldBe((400, "invalid"));
    }

    [Fact]
    public async Task A_content_that_is_lost_is_told_and_not_sent_in_part()
    {
        var id = (await _room.StoreAsync(FileRoom.Random(5000))).Id;
        File.Delete(_room.OnDisk.Single());

        (await CodeAsync(await _alice.GetAsync($"api/v1/files/{id}/content"))).ShouldBe((500, "content_missing"));
    }

    private async Task<HttpResponseMessage> GetAsync(Guid id, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"api/v1/files/{id}/content");
        change?.Invoke(request);
        return await _alice.SendAsync(request);
    }

    private async Task<string> RawAsync(string request)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, _room.Server.Address.Port);
        await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        var buffer = new byte[1000];
        return Encoding.ASCII.GetString(buffer, 0, await socket.GetStream().ReadAsync(buffer));
    }

    private static async Task<(int Status, string? Code)> CodeAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length == 0 ? "" : JsonElement.Parse(text).GetProperty("code").GetString());
    }

    private static async Task<(int Status, string? Code)> ShareAsync(HttpClient client, Guid id, object with) => await CodeAsync(await client.PostAsJsonAsync($"api/v1/files/{id}/shares", with));

    private static async Task<string> TextAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        return $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}";
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, Guid id) => (await client.GetAsync($"api/v1/files/{id}/content")).StatusCode;

    private static async Task<IEnumerable<string?>> ListAsync(HttpClient client, string query) => Names(await client.GetFromJsonAsync<JsonElement>($"api/v1/files?{query}"));

    private static IEnumerable<string?> Names(JsonElement page) => [.. page.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("name").GetString())];
}
