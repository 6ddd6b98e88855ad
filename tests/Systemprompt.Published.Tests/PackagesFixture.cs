namespace Systemprompt.Published.Tests;

/// <summary>
/// A copy of the scaffolded solution with one more extension, whose packages work by reflection and which serialises an anonymous type:
/// once published, once built and run by <c>dotnet</c>.
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
        var packages = Path.Combine(_solution, "Directory.Packages.props");
        await File.WriteAllTextAsync(packages, (await File.ReadAllTextAsync(packages)).Replace(
            "</Project>", "<ItemGroup><PackageVersion Include=\"Newtonsoft.Json\" Version=\"13.0.3\" /><PackageVersion Include=\"CsvHelper\" Version=\"33.0.1\" /></ItemGroup></Project>", StringComparison.Ordinal));
        await DotnetAsync("publish", "MyCo.Host");
        await DotnetAsync("build", "MyCo.Host", "-c", "Debug");

        Published = await StartAsync(new HostOptions { Profile = "local", File = Path.Combine(_solution, "publish", "myco") });
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
