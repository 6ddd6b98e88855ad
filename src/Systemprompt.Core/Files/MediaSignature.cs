namespace Systemprompt.Files;

/// <summary>How contents begin that are not text: one table, the first line that fits counts.</summary>
internal static class MediaSignature
{
    public const string Zip = "application/zip";
    public const string OldOffice = "application/x-ole-storage";

    private static readonly Signature[] All =
    [
        new("image/png", [0x89, .. "PNG\r\n"u8, 0x1a, 0x0a]),
        new("image/jpeg", [0xff, 0xd8, 0xff]),
        new("image/gif", "GIF87a"u8), new("image/gif", "GIF89a"u8),
        new("image/webp", "RIFF"u8, 8, "WEBP"u8), new("audio/wav", "RIFF"u8, 8, "WAVE"u8), new("video/x-msvideo", "RIFF"u8, 8, "AVI "u8),
        new("image/tiff", [.. "II"u8, 0x2a, 0]), new("image/tiff", [.. "MM"u8, 0, 0x2a]),
        new("image/bmp", "BM"u8, 6, [0, 0, 0, 0]),
        new("image/vnd.microsoft.icon", [0, 0, 1, 0]),
        new("image/vnd.adobe.photoshop", "8BPS"u8),
        new("image/avif", [], 4, "ftypavif"u8), new("image/avif", [], 4, "ftypavis"u8), new("image/heic", [], 4, "ftyphei"u8), new("image/heic", [], 4, "ftypmif1"u8),
        new("audio/mp4", [], 4, "ftypM4A"u8), new("video/quicktime", [], 4, "ftypqt"u8), new("video/mp4", [], 4, "ftyp"u8),
        new("audio/mpeg", "ID3"u8), new("audio/mpeg", [0xff, 0xfb]), new("audio/mpeg", [0xff, 0xf3]), new("audio/mpeg", [0xff, 0xf2]),
        new("audio/flac", "fLaC"u8), new("audio/ogg", "OggS"u8), new("audio/midi", "MThd"u8),
        new("application/pdf", "%PDF-"u8), new("application/postscript", "%!PS"u8), new("application/rtf", "{\\rtf"u8),
        new(Zip, [.. "PK"u8, 3, 4]), new(Zip, [.. "PK"u8, 5, 6]),
        new("application/gzip", [0x1f, 0x8b]), new("application/x-bzip2", "BZh"u8), new("application/x-xz", [0xfd, .. "7zXZ"u8, 0]), new("application/zstd", [0x28, 0xb5, 0x2f, 0xfd]),
        new("application/x-7z-compressed", [.. "7z"u8, 0xbc, 0xaf, 0x27, 0x1c]), new("application/vnd.rar", [.. "Rar!"u8, 0x1a, 7]), new("application/x-tar", [], 257, "ustar"u8),
        new(OldOffice, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]),
        new("application/x-executable", [0x7f, .. "ELF"u8]), new("application/x-mach-binary", [0xcf, 0xfa, 0xed, 0xfe]),
        new("application/vnd.microsoft.portable-executable", "MZ"u8, 0, []), new("application/java-vm", [0xca, 0xfe, 0xba, 0xbe]), new("application/wasm", [0, .. "asm"u8]),
        new("application/vnd.sqlite3", [.. "SQLite format 3"u8, 0]), new("application/vnd.apache.parquet", "PAR1"u8), new("application/vnd.apache.arrow.file", "ARROW1"u8),
        new("font/woff2", "wOF2"u8), new("font/woff", "wOFF"u8), new("font/otf", "OTTO"u8), new("font/ttf", [0, 1, 0, 0, 0]),
    ];

    /// <summary>The media type that a beginning shows; null when it shows none.</summary>
    public static string? Find(ReadOnlySpan<byte> head)
    {
        foreach (var signature in All)
            if (signature.Fits(head)) return signature.MediaType == "application/vnd.microsoft.portable-executable" && !IsProgram(head) ? null : signature.MediaType;
        // Matroska's header names the document's type a little later.
        if (head is [0x1a, 0x45, 0xdf, 0xa3, ..]) return head[..Math.Min(head.Length, 64)].IndexOf("webm"u8) >= 0 ? "video/webm" : "video/x-matroska";
        return null;
    }

    // Two letters alone are no evidence: a text may begin with them.
    private static bool IsProgram(ReadOnlySpan<byte> head) => head.Length >= 64 && head[..64].Contains((byte)0);

    private sealed class Signature(string mediaType, ReadOnlySpan<byte> start, int at = 0, ReadOnlySpan<byte> then = default)
    {
        private readonly byte[] _start = start.ToArray();
        private readonly byte[] _then = then.ToArray();
        private readonly int _at = at;

        public string MediaType { get; } = mediaType;

        public bool Fits(ReadOnlySpan<byte> head) => head.StartsWith(_start) && (_then.Length == 0 || (head.Length >= _at + _then.Length && head[_at..].StartsWith(_then)));
    }
}
