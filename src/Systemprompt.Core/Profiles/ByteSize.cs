namespace Systemprompt.Profiles;

/// <summary>A number of bytes, written in a profile as <c>512</c>, <c>64KB</c>, <c>32MB</c> or <c>1GB</c> (powers of 1024).</summary>
/// <param name="Bytes">The number.</param>
public readonly record struct ByteSize(long Bytes)
{
    /// <summary>A number of mebibytes.</summary>
    public static ByteSize Megabytes(long count) => new(count * 1024 * 1024);

    /// <summary>A number of kibibytes.</summary>
    public static ByteSize Kilobytes(long count) => new(count * 1024);

    /// <inheritdoc/>
    public override string ToString() => Bytes switch
    {
        > 0 when Bytes % (1L << 30) == 0 => $"{Bytes >> 30}GB",
        > 0 when Bytes % (1L << 20) == 0 => $"{Bytes >> 20}MB",
        > 0 when Bytes % (1L << 10) == 0 => $"{Bytes >> 10}KB",
        _ => $"{Bytes}",
    };
}
