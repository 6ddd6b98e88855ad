using System.Text.Json;

namespace Systemprompt.Integration.Tests;

/// <summary>Reads what routes answer and commands print.</summary>
internal static class JsonFields
{
    public static string? Text(JsonElement row, string name) => row.GetProperty(name).GetString();

    public static long Number(JsonElement row, string name) => row.GetProperty(name).GetInt64();

    public static IEnumerable<string?> Words(JsonElement list) => list.EnumerateArray().Select(word => word.GetString());
}
