using System.Text;
using Systemprompt.Audit;

namespace Systemprompt.Integration.Tests.Audit;

/// <summary>Text and JSON of any kind are taken by PostgreSQL, and given back as the bytes that the chain covers.</summary>
public sealed class ContentTests : IAsyncLifetime
{
    // Pieces that meet in every order; a few thousand rows meet most pairs.
    private static readonly string[] Pieces =
    [
        "\0", "\ud800", "\udc00", "\ud83c\udf4d", "\uffff", "\ufffe", "\u2028", "\r\n", "\t", "\\", "\\u0000", "\\ud800", "\\udc00", "\\u", "\\x", "\"", "'", "{", "}", "[", "]",
        ":", ",", "1e999999", "1e-999999", "-", "0", "01", "1.", "9".PadLeft(400, '9'), "null", "true", "ü", "\u202e", "\u001b[31m", "COPY", "\\.", "\n\\.\n", " ", "a",
    ];

    private DatabaseFixture _database = null!;

    public async Task InitializeAsync() => _database = await DatabaseFixture.CreateEmptyAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Four_thousand_hostile_rows_are_all_taken_and_verify()
    {
        await using var process = await AuditProcess.StartAsync(_database.Url);
        var random = new Random(20260101);
        var rows = Enumerable.Range(0, 4000).Select(_ => new ProbeOpened { Note = Text(random), Body = Json(random), User = Text(random) }).ToList();

        await Task.WhenAll(rows.Select(row => process.Log.CommitAsync(row, CancellationToken.None).AsTask()));

        process.State.Rejected.ShouldBe(0);
        (await _database.ScalarAsync<long>("select count(*) from probe.opened where body is null or body::jsonb is not null")).ShouldBe(rows.Count);
        (await _database.ScalarAsync<bool>("select bool_and(user_digest = sha256(uuid_send(id) || convert_to(user_id, 'UTF8'))) from probe.opened")).ShouldBeTrue();
        await CommitTests.ChainsShouldVerify(process);
    }

    [Fact]
    public async Task Good_text_and_good_json_come_back_as_they_were()
    {
        await using var process = await AuditProcess.StartAsync(_database.Url);
        const string text = "Zürich \U0001F34D 'quoted' \"double\" \\ back, tab\tline\n";
        const string json = """{ "b": [1.50, 1e3, "\ud83c\udf4d", "\\u0000"], "a": null, "a": "twice" }""";

        await process.Log.CommitAsync(new ProbeOpened { Note = text, Body = json }, CancellationToken.None);

        (await _database.ScalarAsync<string>("select note from probe.opened")).ShouldBe(text);
        (await _database.ScalarAsync<string>("select body::text from probe.opened")).ShouldBe(json);
    }

    [Theory]
    [InlineData(511, 511)]
    [InlineData(512, 512)]
    [InlineData(100_000, 512)]
    public async Task Long_text_is_cut(int length, int kept)
    {
        await using var process = await AuditProcess.StartAsync(_database.Url);

        await process.Log.CommitAsync(new ProbeOpened { Note = new string('x', length) }, CancellationToken.None);

        (await _database.ScalarAsync<int>("select length(note) from probe.opened")).ShouldBe(kept);
    }

    [Fact]
    public async Task A_cut_inside_a_surrogate_pair_leaves_no_half()
    {
        await using var process = await AuditProcess.StartAsync(_database.Url);

        await process.Log.CommitAsync(new ProbeOpened { Note = new string('x', CopyTuple.DefaultMaxChars - 1) + "\U0001F34D" }, CancellationToken.None);

        (await _database.ScalarAsync<string>("select right(note, 2) from probe.opened")).ShouldBe("x\ufffd");
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"a\":1")]
    [InlineData("")]
    public async Task What_is_no_json_is_kept_as_a_text_of_its_beginning(string body)
    {
        await using var process = await AuditProcess.StartAsync(_database.Url);

        await process.Log.CommitAsync(new ProbeOpened { Body = body }, CancellationToken.None);

        (await _database.ScalarAsync<string>("select body #>> '{}' from probe.opened")).ShouldBe(body);
    }

    [Fact]
    public async Task Deep_and_large_json_is_kept_as_a_text_of_its_beginning()
    {
        await using var process = await AuditProcess.StartAsync(_database.Url);

        foreach (var body in new[] { new string('[', 10_000) + new string(']', 10_000), $"[\"{new string('ü', 100_000)}\"]" })
            await process.Log.CommitAsync(new ProbeOpened { Body = body }, CancellationToken.None);

        (await _database.ScalarAsync<long>("select count(*) from probe.opened where json_typeof(body) = 'string' and length(body::text) < 4000")).ShouldBe(2);
    }

    private static string Text(Random random)
    {
        var text = new StringBuilder();
        for (var count = random.Next(0, 12); count > 0; count--) text.Append(Pieces[random.Next(Pieces.Length)]);
        return text.ToString();
    }

    // Half of them nearly JSON: a good frame around what may not be.
    private static string Json(Random random) => random.Next(4) switch
    {
        0 => Text(random),
        1 => $"[\"{Text(random)}\"]",
        2 => $"{{\"a\":{Pieces[random.Next(Pieces.Length)]}}}",
        _ => $"[{Pieces[random.Next(Pieces.Length)]},\"{Pieces[random.Next(Pieces.Length)]}{Pieces[random.Next(Pieces.Length)]}\"]",
    };
}
