using System.Buffers;

namespace Systemprompt.Governance.Secrets;

/// <summary>The alphabets that vendors' credentials are written in.</summary>
internal static class Alphabets
{
    private const string Upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const string Lower = "abcdefghijklmnopqrstuvwxyz";

    public static SearchValues<char> Digits { get; } = SearchValues.Create("0123456789");

    public static SearchValues<char> UpperDigits { get; } = SearchValues.Create(Upper + "0123456789");

    public static SearchValues<char> LowerDigits { get; } = SearchValues.Create(Lower + "0123456789");

    public static SearchValues<char> Alphanumeric { get; } = SearchValues.Create(Upper + Lower + "0123456789");

    public static SearchValues<char> Hex { get; } = SearchValues.Create("0123456789abcdefABCDEF");

    public static SearchValues<char> LowerHex { get; } = SearchValues.Create("0123456789abcdef");

    public static SearchValues<char> Word { get; } = SearchValues.Create(Upper + Lower + "0123456789_-");

    public static SearchValues<char> Dotted { get; } = SearchValues.Create(Upper + Lower + "0123456789_-.");

    public static SearchValues<char> Base64 { get; } = SearchValues.Create(Upper + Lower + "0123456789+/=_-");

    /// <summary>Base64 without its padding.</summary>
    public static SearchValues<char> Unpadded { get; } = SearchValues.Create(Upper + Lower + "0123456789+/");

    /// <summary>Base64 as it stands in an address, where some of it is percent-encoded.</summary>
    public static SearchValues<char> Encoded { get; } = SearchValues.Create(Upper + Lower + "0123456789+/=_-%.~");

    /// <summary>The alphabet of a letter in a <see cref="SecretForm"/>, or null.</summary>
    public static SearchValues<char>? ByLetter(char letter) => letter switch
    {
        'd' => Digits,
        'u' => UpperDigits,
        'l' => LowerDigits,
        'a' => Alphanumeric,
        'h' => Hex,
        'x' => LowerHex,
        'w' => Word,
        'g' => Dotted,
        'b' => Base64,
        's' => Unpadded,
        'p' => Encoded,
        _ => null,
    };
}
