namespace Systemprompt.Published.Tests;

/// <summary>
/// A copy of the scaffolded solution with one more extension, whose packages work by reflection, which serialises an anonymous type, and which brings a
/// model and a route selector of its own: once published, once built and run by <c>dotnet</c>.
/// </summary>
public sealed class PackagesFixture : IAsyncLifetime
{
    private const string Project =
        """
        <Project Sdk="Microsoft.NET.Sdk">
          <ItemGroup>
            <FrameworkReference Include="Microsoft.AspNetCore.App" />
            <PackageReference Include="Systemprompt.Core" />
            <PackageReference Include="Newtonsoft.Json" />
            <PackageReference Include="CsvHelper" />
          </ItemGroup>
        </Project>
        """;

    private const string Source =
        """
        using System.Globalization;
        using CsvHelper;
        using Microsoft.AspNetCore.Builder;
        using Microsoft.AspNetCore.Http;
        using Newtonsoft.Json;
        using Systemprompt.Extensions;
        using Systemprompt.Http;

        namespace Reports;

        [Extension("reports")]
        public sealed class ReportsExtension : Extension
        {
            public override void MapRoutes(RouteMap routes)
            {
                var reports = routes.Public().MapGroup("/api/v1/reports");
                reports.MapGet("/anonymous", () => Results.Json(new { Name = "anonymous", Inner = new { Count = 2, Items = new[] { 1, 2 } }, When = new DateOnly(2026, 1, 2) }));
                reports.MapPost("/newtonsoft", async (HttpRequest request) =>
                {
                    using var reader = new StreamReader(request.Body);
                    var order = JsonConvert.DeserializeObject<Order>(await reader.ReadToEndAsync())!;
                    return Results.Text(JsonConvert.SerializeObject(new { order, total = order.Lines.Sum(line => line.Price * line.Count) }), "application/json");
                });
                reports.MapPost("/csv", async (HttpRequest request) =>
                {
                    using var reader = new StreamReader(request.Body);
                    var text = await reader.ReadToEndAsync();
                    using var csv = new CsvReader(new StringReader(text), CultureInfo.InvariantCulture);
                    var lines = csv.GetRecords<Line>().ToList();
                    using var written = new StringWriter();
                    using (var writer = new CsvWriter(written, CultureInfo.InvariantCulture)) writer.WriteRecords(lines.OrderBy(line => line.Name));
                    return Results.Json(lines.Select(line => new { line.Name, Sum = line.Price * line.Count, Csv = written.ToString() }));
                });
            }
        }

        public sealed class Order
        {
            [JsonProperty("order_id")]
            public Guid Id { get; private set; }

            public List<Line> Lines { get; private set; } = [];
        }

        public sealed class Line
        {
            public string Name { get; set; } = "";

            public decimal Price { get; set; }

            public int Count { get; set; }
        }
        """;

    private const string Providers =
        """
        ai:
          routes:
            tide:
              models: [tide]
              to: [echo/echo, own/tide-1]
              selector: by-size
          providers:
            own:
              wire: chat_client
              client: tide-table
              models: ["tide-*"]
              prices:
                tide-*: { input: 1000000, output: 10000000, cache_read: 100000 }

        """;

    private const string Models =
        """
        using System.Runtime.CompilerServices;
        using System.Text.Json;
        using Microsoft.Extensions.AI;
        using Systemprompt.Extensions;

        namespace Reports;

        [Systemprompt.Extensions.Extension("tides", Description = "A model of its own.")]
        public sealed class TidesExtension : Extension
        {
            public override IReadOnlyList<ChatClientRegistration> ChatClients => [new("tide-table", static _ => new TideTable()) { Description = "Knows the tides." }];

            public override IReadOnlyList<RouteSelectorRegistration> RouteSelectors => [new("by-size", static _ => new BySize()) { Description = "Small calls first." }];
        }

        public sealed class BySize : IRouteSelector
        {
            public ValueTask<RouteSelection> SelectAsync(RouteContext context, CancellationToken cancellationToken) =>
                new(context.Bytes < 1000 ? RouteSelection.Of(context.Targets[1], "small") : RouteSelection.Unchanged);
        }

        public sealed class TideTable : IChatClient
        {
            public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
                GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

            public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
            {
                await Task.Yield();
                var last = messages.Last();
                if (last.Text.Contains("break", StringComparison.Ordinal)) throw new InvalidOperationException("sk-tide-secret");
                yield return new ChatResponseUpdate(ChatRole.Assistant, [new TextReasoningContent("Tables out.") { ProtectedData = "seal" }]);
                if (last.Contents.OfType<FunctionResultContent>().FirstOrDefault() is { } result)
                {
                    yield return new ChatResponseUpdate(ChatRole.Assistant, $"The tool says {result.Result}.");
                }
                else if (options?.Tools is { Count: > 0 } tools)
                {
                    var schema = ((AIFunctionDeclaration)tools[0]).JsonSchema.GetProperty("type").GetString();
                    yield return new ChatResponseUpdate(ChatRole.Assistant, [new FunctionCallContent("call-1", tools[0].Name, new Dictionary<string, object?> { ["port"] = "Oban", ["schema"] = schema })]);
                }
                else
                {
                    foreach (var word in (string[])["High ", "water ", "at ", "six."]) yield return new ChatResponseUpdate(ChatRole.Assistant, word);
                }

                yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(new UsageDetails { InputTokenCount = 50, CachedInputTokenCount = 10, OutputTokenCount = 6 })]) { FinishReason = ChatFinishReason.Stop };
            }

            public object? GetService(Type serviceType, object? serviceKey = null) => null;

            public void Dispose()
            {
            }
        }
        """;

    private readonly string _solution = Path.Combine(PublishedFile.Trial, $"packages-{Environment.ProcessId}", "MyCo");
    private readonly List<TestDatabase> _databases = [];

    public PublishedHost Published { get; private set; } = null!;

    public PublishedHost Built { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Copy(PublishedFile.Solution, _solution);
        var extension = Directory.CreateDirectory(Path.Combine(_solution, "extensions", "Reports")).FullName;
        await File.WriteAllTextAsync(Path.Combine(extension, "Reports.csproj"), Project);
        await File.WriteAllTextAsync(Path.Combine(extension, "ReportsExtension.cs"), Source);
        await File.WriteAllTextAsync(Path.Combine(extension, "TidesExtension.cs"), Models);
        var packages = Path.Combine(_solution, "Directory.Packages.props");
        await File.WriteAllTextAsync(packages, (await File.ReadAllTextAsync(packages)).Replace(
            "</Project>", "<ItemGroup><PackageVersion Include=\"Newtonsoft.Json\" Version=\"13.0.3\" /><PackageVersion Include=\"CsvHelper\" Version=\"33.0.1\" /></ItemGroup></Project>", StringComparison.Ordinal));
        await DotnetAsync("publish", "MyCo.Host");
        await DotnetAsync("build", "MyCo.Host", "-c", "Debug");

        Published = await StartAsync(new HostOptions { File = Path.Combine(_solution, "publish", "myco") });
        Built = await StartAsync(Dotnet.Options(_solution));
    }

    public async Task DisposeAsync()
    {
        if (Published is not null) await Published.DisposeAsync();
        if (Built is not null) await Built.DisposeAsync();
        foreach (var database in _databases) await database.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(_solution)!, recursive: true);
    }

    private async Task DotnetAsync(params string[] arguments) => (await Dotnet.RunAsync(_solution, arguments)).Succeeded();

    private async Task<PublishedHost> StartAsync(HostOptions options)
    {
        _databases.Add(await TestDatabase.CreateAsync());
        var local = await File.ReadAllTextAsync(Path.Combine(_solution, "profiles", "local", "profile.yaml"));
        options = options with { Profile = "tides", Profiles = new Dictionary<string, string> { ["tides"] = local.Replace("ai:\n  providers:\n", Providers, StringComparison.Ordinal) } };
        return await PublishedHost.StartAsync(_databases[^1], options);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.GetDirectories(from))
            if (Path.GetFileName(folder) is not ("bin" or "obj" or "publish" or "data" or ".git") and var name) Copy(folder, Path.Combine(to, name));
    }
}
