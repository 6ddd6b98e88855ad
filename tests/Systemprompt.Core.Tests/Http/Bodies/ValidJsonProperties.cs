using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Governance.Policies;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Core.Tests.Http.Bodies;

/// <summary>What goes through a text without checking it finds what the framework's reader finds, and of a broken one never more than is there.</summary>
public sealed class ValidJsonProperties
{
    private static readonly string[] Texts =
    [
        "", "a", "model", "tool_use", "\\n", "\\\"", "\\\\", "\\/", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\\ud83d", "\\ude00x", "\\ud83d\\u0041", "ä", "😀", "{", "[", "]", "}", ",", ":", " ", "\\\\\\\"", "tab\\there",
        "a long text of more than thirty-two bytes, with \\\"quotes\\\" and\\nlines in it",
    ];

    private static Gen<string> Blank => Gen.Elements("", "", "", " ", "\n\t", "\r\n  ");

    private static Gen<string> Quoted => Gen.Elements(Texts).ArrayOf().Select(parts => $"\"{string.Concat(parts.Take(6))}\"");

    [Fact]
    public void Members_and_elements_stand_where_the_reader_finds_them() => Prop.ForAll(Arb.From(Value(3)), text =>
    {
        var json = Encoding.UTF8.GetBytes(text);
        using var document = JsonDocument.Parse(json);
        Same(json, document.RootElement);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_string_is_walked_and_decoded_as_the_reader_does() => Prop.ForAll(Arb.From(Value(3)), text =>
    {
        var json = Encoding.UTF8.GetBytes(text);
        var walked = new List<string>();
        JsonStrings.Walk(json, 1, ref walked, static (string_, ref found) =>
        {
            found.Add(new string(string_));
            return false;
        }).ShouldBe(-1);
        walked.ShouldBe(Strings(json));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_broken_text_is_never_left_and_always_ended() => Prop.ForAll(Arb.From(Value(3)), Arb.From(Gen.Choose(0, 400)), Arb.From(Gen.Choose(0, 255)), (text, at, with) =>
    {
        var json = Encoding.UTF8.GetBytes(text);
        var broken = json[..Math.Min(at, json.Length)];
        Wander(broken, 0);
        if (json.Length > 0) json[at % json.Length] = (byte)with;
        Wander(json, 0);
        var count = 0;
        JsonStrings.Walk(json, 1, ref count, static (_, ref seen) => ++seen < 0);
        ToolUses.HookInput(json);
    }).QuickCheckThrowOnFailure();

    private static Gen<string> Value(int depth)
    {
        var plain = Gen.OneOf(Quoted, Gen.Elements("0", "-1.5e3", "true", "false", "null"));
        if (depth == 0) return plain;
        var inner = Value(depth - 1);
        var array = inner.SelectMany(_ => Blank, (value, blank) => blank + value + blank).ArrayOf().Select(items => $"[{string.Join(',', items.Take(5))}]");
        var member = Quoted.SelectMany(_ => Blank, (name, blank) => (name, blank)).SelectMany(_ => inner, (named, value) => $"{named.blank}{named.name}{named.blank}:{named.blank}{value}{named.blank}");
        var @object = member.ArrayOf().Select(items => $"{{{string.Join(',', items.Take(5))}}}");
        return Gen.OneOf(plain, array, @object, @object, array.SelectMany(_ => Blank, (text, blank) => blank + text + blank));
    }

    private static void Same(ReadOnlySpan<byte> json, JsonElement expected)
    {
        var elements = expected.ValueKind == JsonValueKind.Array ? expected.EnumerateArray().ToList() : [];
        var members = expected.ValueKind == JsonValueKind.Object ? expected.EnumerateObject().ToList() : [];
        var count = 0;
        for (var item = ValidJson.In(json); item.MoveNext();)
        {
            var value = members.Count > 0 ? members[count].Value : elements[count];
            if (members.Count > 0) Encoding.UTF8.GetString(item.Name).ShouldBe(Encoding.UTF8.GetString(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8PropertyName(members[count])));
            Encoding.UTF8.GetString(item.Value).ShouldBe(value.GetRawText());
            Same(item.Value, value);
            if (item.Kind is (byte)'{' or (byte)'[') Left(item).ShouldBe(item.End);
            count++;
        }

        count.ShouldBe(members.Count + elements.Count);
    }

    /// <summary>Where one is who left a value after going through all that is in it.</summary>
    private static int Left(ValidJson.Items item)
    {
        var inside = item.Inside();
        while (inside.MoveNext())
        {
        }

        item.Leave(inside);
        return item.End;
    }

    private static List<string> Strings(byte[] json)
    {
        var strings = new List<string>();
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || reader.ValueSpan.IsEmpty) continue;
            try
            {
                strings.Add(reader.GetString()!);
            }
            catch (InvalidOperationException)
            {
                strings.Add(Whole(Regex.Replace(Encoding.UTF8.GetString(reader.ValueSpan), @"\\(?:u(....)|(.))", static escape => escape.Groups[1].Success
                    ? ((char)Convert.ToUInt16(escape.Groups[1].Value, 16)).ToString()
                    : escape.Value[1] switch { 'n' => "\n", 't' => "\t", 'r' => "\r", 'b' => "\b", 'f' => "\f", var same => same.ToString() })));
            }
        }

        return strings;
    }

    // The encoder puts U+FFFD where half a surrogate pair stands.
    private static string Whole(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static void Wander(ReadOnlySpan<byte> json, int depth)
    {
        if (depth > 64) return;
        for (var item = ValidJson.In(json); item.MoveNext();)
        {
            _ = item.Kind;
            DecodedJson.Is(item.Name, "tool_use"u8);
            if (item.Value.Length > 0 && item.Value.Length < json.Length) Wander(item.Value, depth + 1);
        }
    }
}
