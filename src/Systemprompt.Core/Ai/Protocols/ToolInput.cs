using System.Text;
using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>A tool's input as its model wrote it: an object in most cases, nothing or no JSON at all in some.</summary>
internal static class ToolInput
{
    /// <summary>
    /// Writes the input where an object is demanded: as it is when it is one, as <c>{}</c> when it is empty, and as <c>{"_raw": "…"}</c> when it is
    /// anything else, so that what the model wrote survives and the tool can say what is wrong with it.
    /// </summary>
    public static void WriteObject(Utf8JsonWriter json, string name, string input)
    {
        json.WritePropertyName(name);
        if (string.IsNullOrWhiteSpace(input))
        {
            json.WriteStartObject();
            json.WriteEndObject();
        }
        else if (IsObject(input))
        {
            json.WriteRawValue(input, skipInputValidation: true);
        }
        else
        {
            json.WriteStartObject();
            json.WriteString("_raw"u8, input);
            json.WriteEndObject();
        }
    }

    /// <summary>The input as the text that OpenAI's formats carry: never empty, or their clients fail on it.</summary>
    public static string AsText(string input) => string.IsNullOrWhiteSpace(input) ? "{}" : input;

    private static bool IsObject(string input)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(input), new JsonReaderOptions { MaxDepth = RequestHeadReader.MaxDepth });
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
