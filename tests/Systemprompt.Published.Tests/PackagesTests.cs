using System.Text;
using System.Text.Json;

namespace Systemprompt.Published.Tests;

/// <summary>Packages that work by reflection, and anonymous types, do published what they do under <c>dotnet run</c>.</summary>
public sealed class PackagesTests(PackagesFixture packages) : IClassFixture<PackagesFixture>
{
    [Fact]
    public async Task An_anonymous_type_keeps_its_members() =>
        (await SameAsync("anonymous", null)).ShouldBe("""{"name":"anonymous","inner":{"count":2,"items":[1,2]},"when":"2026-01-02"}""");

    [Fact]
    public async Task Newtonsoft_reads_private_setters_and_writes_every_member()
    {
        var answer = await SameAsync("newtonsoft", """{"order_id":"0f8fad5b-d9cb-469f-a165-70867728950e","Lines":[{"Name":"a","Price":1.5,"Count":2},{"Name":"b","Price":2,"Count":1}]}""");

        var json = JsonElement.Parse(answer);
        json.GetProperty("total").GetDecimal().ShouldBe(5);
        json.GetProperty("order").GetProperty("order_id").GetString().ShouldBe("0f8fad5b-d9cb-469f-a165-70867728950e");
        json.GetProperty("order").GetProperty("Lines").GetArrayLength().ShouldBe(2);
    }

    [Fact]
    public async Task CsvHelper_reads_and_writes_records()
    {
        var json = JsonElement.Parse(await SameAsync("csv", "Name,Price,Count\nb,2.5,2\na,1,1\n"));

        json[0].GetProperty("sum").GetDecimal().ShouldBe(5);
        json[0].GetProperty("csv").GetString().ShouldBe("Name,Price,Count\r\na,1,1\r\nb,2.5,2\r\n");
    }

    private async Task<string> SameAsync(string path, string? body)
    {
        var published = await AskAsync(packages.Published, path, body);
        published.ShouldBe(await AskAsync(packages.Built, path, body));
        return published;
    }

    private static async Task<string> AskAsync(PublishedHost host, string path, string? body)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, $"api/v1/reports/{path}");
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "text/plain");
        using var answer = await host.Client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.ShouldBeTrue($"{(int)answer.StatusCode} {text}\n{host.Log.Text}");
        return text;
    }
}
