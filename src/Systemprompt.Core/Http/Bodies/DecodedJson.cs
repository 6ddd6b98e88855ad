using System.Text;
using System.Text.Json;

namespace Systemprompt.Http.Bodies;

/// <summary>Strings of JSON that somebody else wrote.</summary>
internal static class DecodedJson
{
    /// <summary>Decodes the string or name that the reader stands on. A lone surrogate escape has no decoded form: such a string is read as it is written.</summary>
    /// <param name="reader">At a string or a property's name.</param>
    /// <param name="buffer">As long as the string's bytes, at least.</param>
    /// <returns>How many characters it has.</returns>
    public static int CopyTo(scoped ref Utf8JsonReader reader, scoped Span<char> buffer)
    {
        try
        {
            return reader.CopyString(buffer);
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetChars(reader.ValueSpan, buffer);
        }
    }
}
