using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>What a provider's answer comes to in the row: each case of <c>golden.json</c> through the whole gateway, as a body or as a stream.</summary>
public sealed class GoldenTests
{
    private static readonly string File = Path.Combine(AppContext.BaseDirectory, "Ai", "Pricing", "golden.json");

    public static TheoryData<string> Names
    {
        get
        {
            using var cases = JsonDocument.Parse(System.IO.File.ReadAllText(File));
            return [.. cases.RootElement.EnumerateArray().Select(item => item.GetProperty("name").GetString()!)];
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_golden_answer_has_its_row(string name)
    {
        using var cases = JsonDocument.Parse(await System.IO.File.ReadAllTextAsync(File));
        var item = cases.RootElement.EnumerateArray().Single(item => item.GetProperty("name").GetString() == name);
        var stream = item.TryGetProperty("events", out var events);
        await using var gateway = await GatewayFixture.StartAsync(answer: async context =>
        {
            context.Response.ContentType = stream ? "text/event-stream" : "application/json";
            if (!stream) await context.Response.WriteAsync(item.GetProperty("body").GetRawText());
            else foreach (var data in events.EnumerateArray()) await context.Response.WriteAsync($"event: {data.GetProperty("type").GetString()}\ndata: {data.GetRawText()}\n\n");
        });

        using var response = await gateway.SendAsync(GatewayFixture.Body(item.GetProperty("model").GetString()!, stream));
        await response.Content.ReadAsByteArrayAsync();

        var row = gateway.Audit.Settled;
        var actual = new StringBuilder($"{row.Usage.Input}/{row.Usage.Output} write {row.Usage.CacheWrite5m}+{row.Usage.CacheWrite1h} read {row.Usage.CacheRead}, cost {row.Cost?.ToString() ?? "unknown"}");
        if (row.UsageUnknown) actual.Append(", usage unknown");
        if (row.UsageEstimated) actual.Append(", estimated");
        actual.ToString().ShouldBe(item.GetProperty("row").GetString(), name);
    }
}
