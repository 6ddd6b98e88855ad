using System.Text.Json;
using System.Text.Json.Nodes;
using Systemprompt.Profiles.Reference;

namespace Systemprompt.Core.Tests.Profiles.Reference;

public sealed class ReferenceTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void The_page_is_up_to_date() => UpToDate("docs/reference/profile.md", ReferencePage.Of(ShippedSections.Owners));

    [Fact]
    public void The_schema_is_up_to_date() =>
        UpToDate("docs/reference/profile.schema.json", ProfileSchema.Of("Systemprompt", ShippedSections.Owners).ToJsonString(Indented) + "\n");

    [Fact]
    public void Every_key_says_what_it_is_for()
    {
        var silent = new List<string>();
        Silent(ProfileSchema.Of("Systemprompt", ShippedSections.Owners), "", silent);
        silent.ShouldBeEmpty();
    }

    private static void Silent(JsonNode? node, string path, List<string> silent)
    {
        if (node is JsonArray choices)
            foreach (var choice in choices) Silent(choice, path, silent);
        if (node is not JsonObject schema) return;
        foreach (var (key, property) in schema["properties"] as JsonObject ?? [])
        {
            if (string.IsNullOrEmpty(property!["description"]?.GetValue<string>())) silent.Add($"{path}.{key}");
            Silent(property, $"{path}.{key}", silent);
        }

        foreach (var inner in (string[])["items", "additionalProperties", "anyOf"]) Silent(schema[inner], path, silent);
    }

    private static void UpToDate(string path, string content)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Systemprompt.slnx"))) folder = folder.Parent!;
        var file = Path.Combine(folder.FullName, path);
        if (Environment.GetEnvironmentVariable("UPDATE_BASELINE") == "1") File.WriteAllText(file, content);

        File.ReadAllText(file).ShouldBe(content, $"{path} is stale; write it anew with UPDATE_BASELINE=1 dotnet test tests/Systemprompt.Core.Tests");
    }
}
