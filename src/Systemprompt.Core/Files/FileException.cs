namespace Systemprompt.Files;

/// <summary>What cannot be done with a file, and why, in words for whoever asked.</summary>
/// <param name="code">Stable short code, such as <c>too_large</c>.</param>
/// <param name="message">One sentence; never a path, never whether somebody else has such a file.</param>
/// <param name="inner">What it was that went wrong.</param>
public sealed class FileException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>
    /// Stable short code: <c>not_found</c>, <c>invalid</c>, <c>too_large</c>, <c>quota_exceeded</c>, <c>kind_not_allowed</c>, <c>digest_mismatch</c>,
    /// <c>storage_full</c>, <c>storage_unknown</c>, <c>content_missing</c>, <c>busy</c>, <c>upload_timeout</c>.
    /// </summary>
    public string Code { get; } = code;

    internal int Status => Code switch
    {
        "not_found" => 404,
        "upload_timeout" => 408,
        "too_large" or "quota_exceeded" => 413,
        "kind_not_allowed" or "encoding_not_allowed" => 415,
        "storage_full" => 507,
        "busy" => 503,
        "storage_unknown" or "content_missing" => 500,
        _ => 400,
    };

    internal static FileException NoSuchFile() => new("not_found", "there is no such file, or it is not yours to see");

    internal static FileException Invalid(string message) => new("invalid", message);
}
