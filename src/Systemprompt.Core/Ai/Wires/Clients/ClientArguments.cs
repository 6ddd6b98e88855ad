using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Abstractions = Microsoft.Extensions.AI;

namespace Systemprompt.Ai;

/// <summary>Writes the arguments of a tool's call as JSON: what clients read from their providers, and what .NET code puts there in its place. No reflection.</summary>
internal static class ClientArguments
{
    private const int Deepest = 64;

    /// <exception cref="ConversionException">A value is of a type that is no JSON.</exception>
    public static string Write(Abstractions.FunctionCallContent call)
    {
        if (call.Exception is not null && call.Arguments is null) throw new ConversionException("the arguments of a tool's call could not be read");
        if (call.Arguments is not { Count: > 0 } arguments) return "{}";
        var output = new ArrayBufferWriter<byte>(256);
        using (var json = JsonOutput.Writer(output))
        {
            json.WriteStartObject();
            foreach (var (name, value) in arguments)
            {
                json.WritePropertyName(name);
                Value(json, value, 0);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void Value(Utf8JsonWriter json, object? value, int depth)
    {
        if (depth > Deepest) throw new ConversionException("the arguments of a tool's call are nested too deeply");
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case JsonElement element: json.WriteRawValue(JsonMarshal.GetRawUtf8Value(element), skipInputValidation: true); break;
            case JsonDocument document: json.WriteRawValue(JsonMarshal.GetRawUtf8Value(document.RootElement), skipInputValidation: true); break;
            case JsonNode node: node.WriteTo(json); break;
            case string text: json.WriteStringValue(text); break;
            case bool truth: json.WriteBooleanValue(truth); break;
            case sbyte or byte or short or ushort or int or uint or long: json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case ulong number: json.WriteNumberValue(number); break;
            case decimal number: json.WriteNumberValue(number); break;
            case float number when float.IsFinite(number): json.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
            case Guid id: json.WriteStringValue(id); break;
            case DateTimeOffset time: json.WriteStringValue(time); break;
            case DateTime time: json.WriteStringValue(time); break;
            case Enum or Uri: json.WriteStringValue(value.ToString()); break;
            case IEnumerable<KeyValuePair<string, object?>> members:
                json.WriteStartObject();
                foreach (var (name, member) in members)
                {
                    json.WritePropertyName(name);
                    Value(json, member, depth + 1);
                }

                json.WriteEndObject();
                break;
            case IDictionary members:
                json.WriteStartObject();
                foreach (DictionaryEntry member in members)
                {
                    json.WritePropertyName(Convert.ToString(member.Key, CultureInfo.InvariantCulture)!);
                    Value(json, member.Value, depth + 1);
                }

                json.WriteEndObject();
                break;
            case IEnumerable items:
                json.WriteStartArray();
                foreach (var item in items) Value(json, item, depth + 1);
                json.WriteEndArray();
                break;
            default:
                throw new ConversionException($"the arguments of a tool's call hold {value.GetType().Name}, which is no JSON");
        }
    }
}
