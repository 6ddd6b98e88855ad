using System.Buffers;

namespace Systemprompt.Governance.Secrets;

/// <summary>The alphabets that vendors' credentials are written in.</summary>
internal static class Alphabets
{
    private const string Upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const string Lower = "abcdefghijklmnopqrstuvwxyz";
    private const string Digits = "0123456789";

    public static SearchValues<char> UpperDigits { get; } = SearchValues.Create(Upper + Digits);

    public static SearchValues<char> Alphanumeric { get; } = SearchValues.Create(Upper + Lower + Digits);

    public static SearchValues<char> Hex { get; } = SearchValues.Create("0123456789abcdefABCDEF");

    public static SearchValues<char> Word { get; } = SearchValues.Create(Upper + Lower + Digits + "_-");

    public static SearchValues<char> Dotted { get; } = SearchValues.Create(Upper + Lower + Digits + "_-.");

    public static SearchValues<char> Base64 { get; } = SearchValues.Create(Upper + Lower + Digits + "+/=_-");
}
