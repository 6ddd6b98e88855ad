using System.Diagnostics;
using System.Text.Json;
using Systemprompt.Extensions;
using Systemprompt.Governance.Policies;
using Systemprompt.Governance;
using Systemprompt.Security;

// What the secret scan costs: microseconds for each KB of a call as it is posted, and of an answer in pieces. Medians of rounds, on one core.
// ScanBench CALL.json [rounds]
const int Piece = 24;
var bodies = new List<(string What, byte[] Body)> { ("a call of Claude Code", File.ReadAllBytes(args[0])) };
var rounds = args.Length > 1 ? int.Parse(args[1]) : 15;
var random = new Random(20260101);
// What is dear to search: letters without end, and names with values that are almost credentials.
bodies.Add(("base64", Call(Convert.ToBase64String(Bytes(48 * 1024)))));
bodies.Add(("hexadecimal digests", Call(string.Join('\n', Enumerable.Range(0, 1000).Select(number => $"{Convert.ToHexStringLower(Bytes(32))}  src/file{number}.ts")))));
bodies.Add(("source code that handles keys", Call(string.Concat(Enumerable.Repeat(
    "const apiKey = process.env.API_KEY ?? config.get('api_key')\nif (!token) throw new Error(\"no access token: set ACCESS_TOKEN=<your token>\")\nheaders.set('authorization', `Bearer ${token}`)\n", 350)))));
bodies.Add(("settings with placeholders", Call(string.Concat(Enumerable.Range(0, 1200).Select(number => $"SERVICE_{number}_PASSWORD=changeme\nSERVICE_{number}_SECRET_KEY=your-secret-key-here\n")))));
bodies.Add(("headers of keys without keys", Call(string.Concat(Enumerable.Repeat("-----BEGIN PRIVATE KEY-----\nPuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n", 900)))));

Console.WriteLine("| what | KB | call, µs/KB | answer in pieces, µs/KB |\n|---|---:|---:|---:|");
foreach (var (what, body) in bodies)
{
    var policy = new SecretScanPolicy(new SecretScanSettings());
    var call = new PolicyCall
    {
        Id = Guid.NewGuid(), Door = PolicyDoor.Model, Principal = new Principal { Subject = "bench", Tier = Tier.User, Scopes = new HashSet<string>() }, ReceivedAt = DateTimeOffset.UnixEpoch,
        Model = "claude-haiku-4-5", Content = body,
    };
    var texts = Texts(body);
    var letters = texts.Sum(text => text.Length);
    var whole = Median(() => Judge(policy, call));
    var pieces = Median(() => Stream(policy, call, texts));
    Console.WriteLine($"| {what} | {body.Length / 1024.0:0} | {whole / body.Length * 1024:0.00} | {pieces / letters * 1024:0.00} |");
}

byte[] Bytes(int length)
{
    var bytes = new byte[length];
    random.NextBytes(bytes);
    return bytes;
}

static byte[] Call(string text) => JsonSerializer.SerializeToUtf8Bytes(new { model = "claude-haiku-4-5", max_tokens = 64, messages = new[] { new { role = "user", content = text } } },
    new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

static void Judge(SecretScanPolicy policy, PolicyCall call)
{
    var verdict = policy.EvaluateAsync(call, default).AsTask().GetAwaiter().GetResult();
    if (verdict.Outcome != PolicyOutcome.Pass) throw new InvalidOperationException(verdict.Reason);
}

// Every string of the call, as if the model had said it.
static List<string> Texts(byte[] body)
{
    var texts = new List<string>();
    var reader = new Utf8JsonReader(body);
    while (reader.Read())
        if (reader.TokenType == JsonTokenType.String) texts.Add(reader.GetString()!);
    return texts;
}

// As the answer's texts come, one after the other.
static void Stream(SecretScanPolicy policy, PolicyCall call, List<string> texts)
{
    var watch = policy.Watch(call)!;
    for (var block = 0; block < texts.Count; block++)
        for (var at = 0; at < texts[block].Length || at == 0; at += Piece)
        {
            var end = Math.Min(texts[block].Length, at + Piece);
            watch.Read(new AnswerText { Block = block, Text = texts[block].AsSpan(Math.Min(at, end)..end), Ends = end == texts[block].Length });
            _ = watch.IsUndecided;
        }
}

double Median(Action search)
{
    var times = new List<double>();
    for (var warm = Stopwatch.StartNew(); warm.ElapsedMilliseconds < 1500;) search();
    for (var round = 0; round < rounds; round++)
    {
        var (count, begun) = (0, Stopwatch.GetTimestamp());
        while (Stopwatch.GetElapsedTime(begun).TotalMilliseconds < 100) (count, _) = (count + 1, Do(search));
        times.Add(Stopwatch.GetElapsedTime(begun).TotalMicroseconds / count);
    }

    times.Sort();
    return times[times.Count / 2];
}

static bool Do(Action search)
{
    search();
    return true;
}
