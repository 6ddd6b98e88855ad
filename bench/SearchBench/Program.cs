// Writes a corpus of Markdown files, always the same, and measures searches over it through HTTP.
//   SearchBench corpus FOLDER DOCUMENTS
//   SearchBench measure URL SECONDS CLIENTS
using System.Diagnostics;
using System.Text;
using System.Text.Json;

return args switch
{
    ["corpus", var folder, var documents] => Corpus.Write(folder, int.Parse(documents)),
    ["measure", var url, var seconds, var clients] => await Measure.RunAsync(new Uri(url), TimeSpan.FromSeconds(int.Parse(seconds)), int.Parse(clients)),
    _ => 2,
};

/// <summary>Words by Zipf's law, as in a language: a few stand in half of all documents, most in a handful.</summary>
internal static class Corpus
{
    private const int Vocabulary = 30_000;
    private static readonly string[] Syllables = ["ba", "con", "de", "fer", "gu", "ham", "in", "jo", "ka", "lor", "mi", "nen", "or", "pra", "qui", "ros", "sta", "ter", "un", "ver", "wes", "xi", "yel", "zo", "chi", "sha", "plu", "tri"];
    private static readonly string[] Real = ["governance", "policy", "policies", "audit", "server", "database", "token", "gateway", "secret", "webhook", "scheduler", "replica", "migration", "partition", "retention", "throughput"];

    public static string[] Words { get; } = MakeWords();

    public static int Write(string folder, int documents)
    {
        var random = new Random(20_000);
        var rank = new double[Vocabulary];
        for (var word = 0; word < Vocabulary; word++) rank[word] = (word > 0 ? rank[word - 1] : 0) + (1.0 / (word + 2.7));
        for (var document = 0; document < documents; document++)
        {
            var text = new StringBuilder($"---\ntitle: {Take(4)} {document}\ntags: [{Take(1)}, {Take(1)}]\ncategory: c{document % 20}\npublished: 20{10 + (document % 15)}-0{1 + (document % 9)}-1{document % 10}\n---\n\n");
            for (var section = 0; section < 4; section++)
            {
                text.Append("## ").Append(Take(3)).Append("\n\n");
                for (var paragraph = 0; paragraph < 3; paragraph++) text.Append(Take(20 + random.Next(15))).Append(". **").Append(Take(2)).Append("** ").Append(Take(8)).Append(".\n\n");
            }

            var file = Path.Combine(folder, $"{document / 500:000}", $"d{document:00000}.md");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text.ToString());
        }

        return 0;

        string Take(int count) => string.Join(' ', Enumerable.Range(0, count).Select(_ => Words[Math.Abs(Array.BinarySearch(rank, random.NextDouble() * rank[^1])) % Vocabulary]));
    }

    private static string[] MakeWords()
    {
        var random = new Random(1);
        var words = new HashSet<string>();
        while (words.Count < Vocabulary) words.Add(string.Concat(Enumerable.Range(0, 2 + random.Next(3)).Select(_ => Syllables[random.Next(Syllables.Length)])));
        var list = words.ToArray();
        for (var real = 0; real < Real.Length; real++) list[20 + (real * 40)] = Real[real];
        return list;
    }
}

/// <summary>Searches of five sorts in turn, by a number of clients at once.</summary>
internal static class Measure
{
    private static readonly string[] Sorts = ["common", "plain", "two words", "prefix", "typo"];

    public static async Task<int> RunAsync(Uri server, TimeSpan time, int clients)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = clients }) { BaseAddress = server };
        // Code is compiled again when it has run a while, and the cache fills: neither is what is measured.
        for (var turn = 0; turn < 100; turn++) await AskAsync(client, Sorts[turn % Sorts.Length], new Random(1000 + turn));
        var times = new List<(string Sort, double Milliseconds, int Found)>();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, clients).Select(async number =>
        {
            var random = new Random(number);
            for (var turn = 0; Stopwatch.GetElapsedTime(started) < time; turn++)
            {
                var sort = Sorts[turn % Sorts.Length];
                var from = Stopwatch.GetTimestamp();
                var found = await AskAsync(client, sort, random);
                lock (times) times.Add((sort, Stopwatch.GetElapsedTime(from).TotalMilliseconds, found));
            }
        }));
        Console.WriteLine("| queries | searches | with finds | p50 ms | p95 ms | p99 ms |\n|---|---:|---:|---:|---:|---:|");
        foreach (var sort in Sorts.Append("all"))
        {
            var part = times.Where(one => sort == "all" || one.Sort == sort).ToList();
            var sorted = part.Select(one => one.Milliseconds).Order().ToList();
            Console.WriteLine($"| {sort} | {sorted.Count} | {100.0 * part.Count(one => one.Found > 0) / part.Count:0} % | {At(sorted, 0.5):0.0} | {At(sorted, 0.95):0.0} | {At(sorted, 0.99):0.0} |");
        }

        return 0;
    }

    private static async Task<int> AskAsync(HttpClient client, string sort, Random random)
    {
        var query = sort switch
        {
            "common" => Corpus.Words[random.Next(20)],
            "plain" => Corpus.Words[random.Next(5000)],
            "two words" => $"{Corpus.Words[random.Next(300)]} {Corpus.Words[random.Next(300)]}",
            "prefix" => Corpus.Words[random.Next(5000)] is { Length: > 4 } word ? word[..^2] : Corpus.Words[random.Next(100)],
            _ => Mistype(Corpus.Words.Skip(random.Next(4000)).First(word => word.Length >= 7), random),
        };
        using var answer = await client.GetAsync($"api/v1/content/search?q={Uri.EscapeDataString(query)}");
        answer.EnsureSuccessStatusCode();
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.GetProperty("total").GetInt32();
    }

    private static string Mistype(string word, Random random)
    {
        var letters = word.ToCharArray();
        letters[2 + random.Next(word.Length - 4)] = (char)('a' + random.Next(26));
        return new string(letters);
    }

    private static double At(List<double> sorted, double part) => sorted.Count == 0 ? 0 : sorted[Math.Min(sorted.Count - 1, (int)(sorted.Count * part))];
}
