namespace Systemprompt.Ai;

/// <summary>
/// Whose a proof of thinking is. A proof means something to the provider that gave it and makes any other refuse the call, so it is marked with
/// its protocol when it leaves for a client that speaks another one, and written back only where it came from. An unmarked one came from elsewhere.
/// </summary>
internal static class Signatures
{
    public const string Messages = "messages:";

    /// <summary>OpenAI's chat format has no proofs: the mark alone says that the server showed thinking, and in which field, and may want it back.</summary>
    public const string Chat = "chat:";

    /// <summary>A chat client's of an extension. Among those of the chat format, which no other provider reads, so that nobody looks for one more mark.</summary>
    public const string Client = Chat + "client:";

    public const string Responses = "responses:";
    public const string Gemini = "gemini:";

    /// <summary>True when a proof, as it stands in JSON, is marked as another protocol's than Anthropic's.</summary>
    public static bool IsForeign(ReadOnlySpan<byte> proof) => proof.StartsWith("chat:"u8) || proof.StartsWith("responses:"u8) || proof.StartsWith("gemini:"u8);

    /// <summary>False when no foreign proof can stand in the JSON.</summary>
    public static bool MayStandIn(ReadOnlySpan<byte> json) => json.IndexOf("\"chat:"u8) >= 0 || json.IndexOf("\"responses:"u8) >= 0 || json.IndexOf("\"gemini:"u8) >= 0;

    /// <summary>The proof without its mark; null when there is none, or another protocol's.</summary>
    public static string? Own(string? signature, string origin) =>
        signature is not null && signature.StartsWith(origin, StringComparison.Ordinal) ? signature[origin.Length..] : null;
}
