using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Ai;

/// <summary>A value in somebody's JSON that knows where it stands, so that a fault in it can be named. It never throws on half surrogate pairs.</summary>
internal sealed class JsonPlace
{
    private readonly JsonPlace? _parent;
    private readonly string? _name;
    private readonly int _index;

    private JsonPlace(JsonElement value, JsonPlace? parent, string? name, int index) => (Value, _parent, _name, _index) = (value, parent, name, index);

    public JsonElement Value { get; }

    public JsonValueKind Kind => Value.ValueKind;

    /// <summary>Such as <c>messages[2].content[1].type</c>.</summary>
    public string Path
    {
        get
        {
            if (_parent is null) return _name ?? "";
            var before = _parent.Path;
            if (_name is null) return $"{before}[{_index}]";
            return before.Length == 0 ? _name : $"{before}.{_name}";
        }
    }

    /// <param name="value">The whole.</param>
    /// <param name="name">What stands in front of every path; null for nothing.</param>
    public static JsonPlace Root(JsonElement value, string? name = null) => new(value, null, name, 0);

    /// <summary>The named field; null when it is absent or null. Of two with one name the last counts, as nearly every parser has it.</summary>
    /// <param name="name">ASCII.</param>
    public JsonPlace? Find(string name)
    {
        if (Kind != JsonValueKind.Object) throw Fault("must be an object");
        JsonElement found = default;
        foreach (var property in Value.EnumerateObject())
            if (IsName(property, name))
                found = property.Value;
        return found.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? null : new JsonPlace(found, this, name, 0);
    }

    /// <summary>The named field, which must be there.</summary>
    public JsonPlace Need(string name) => Find(name) ?? throw Missing(name);

    /// <summary>The elements of an array.</summary>
    public IEnumerable<JsonPlace> Items()
    {
        if (Kind != JsonValueKind.Array) throw Fault("must be an array");
        var index = 0;
        foreach (var item in Value.EnumerateArray()) yield return new JsonPlace(item, this, null, index++);
    }

    /// <summary>The elements of the named array; none when it is absent.</summary>
    public IEnumerable<JsonPlace> Items(string name) => Find(name)?.Items() ?? [];

    /// <summary>The string.</summary>
    public string Text()
    {
        if (Kind != JsonValueKind.String) throw Fault("must be a string");
        var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(Value));
        reader.Read();
        return JsonText.Of(ref reader);
    }

    /// <summary>The named string; null when it is absent.</summary>
    public string? Text(string name) => Find(name)?.Text();

    /// <summary>The named string, which must be there.</summary>
    public string NeedText(string name) => Need(name).Text();

    /// <summary>The named string; null when it is absent or something else. For what providers send: an oddity there is no reason to fail.</summary>
    public string? MaybeText(string name) => Kind == JsonValueKind.Object && Find(name) is { Kind: JsonValueKind.String } found ? found.Text() : null;

    /// <summary>The named truth; null when it is absent.</summary>
    public bool? Flag(string name) => Find(name) is not { } found ? null : found.Kind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw found.Fault("must be true or false"),
    };

    /// <summary>The named whole number; null when it is absent.</summary>
    public long? Whole(string name)
    {
        if (Find(name) is not { } found) return null;
        if (found.Kind != JsonValueKind.Number) throw found.Fault("must be a number");
        if (found.Value.TryGetInt64(out var whole)) return whole;
        // 64000.0 is a whole number too.
        return found.Value.TryGetDouble(out var number) && number == Math.Floor(number) && Math.Abs(number) < 1e15 ? (long)number : throw found.Fault("must be a whole number");
    }

    /// <summary>The named count; 0 when it is absent or no count.</summary>
    public long Count(string name) =>
        Kind == JsonValueKind.Object && Find(name) is { Kind: JsonValueKind.Number } found && found.Value.TryGetInt64(out var count) ? Math.Max(0, count) : 0;

    /// <summary>The named number; null when it is absent.</summary>
    public double? Number(string name) => Find(name) is not { } found ? null
        : found.Kind == JsonValueKind.Number && found.Value.TryGetDouble(out var number) && double.IsFinite(number) ? number
        : throw found.Fault("must be a number");

    /// <summary>The value as it stands in the text.</summary>
    public string Raw() => Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(Value));

    /// <summary>A copy of an object that outlives the document.</summary>
    public JsonElement CopyObject() => Kind == JsonValueKind.Object ? Value.Clone() : throw Fault("must be an object");

    /// <summary>A fault at this place. <paramref name="what"/> says what is wrong and quotes no content.</summary>
    public ConversionException Fault(string what) => new(_parent is null && _name is null ? what : $"{Path}: {what}");

    private ConversionException Missing(string name)
    {
        var path = Path;
        return new ConversionException(path.Length == 0 ? $"{name}: is missing" : $"{path}.{name}: is missing");
    }

    /// <summary>The string as a word of a protocol, fit to stand in a message: content that stands where a word should is not quoted.</summary>
    public static string Word(string word) =>
        word.Length is > 0 and <= 64 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-' or '.') ? word : "this value";

    // The document's own search throws on half a surrogate pair in a name.
    private static bool IsName(JsonProperty property, string name)
    {
        var raw = JsonMarshal.GetRawUtf8PropertyName(property);
        return raw.IndexOf((byte)'\\') < 0 ? Ascii.Equals(raw, name) : DecodedJson.Is(raw, Encoding.ASCII.GetBytes(name));
    }
}
