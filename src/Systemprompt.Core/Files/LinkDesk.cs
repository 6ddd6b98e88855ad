using Systemprompt.Users;

namespace Systemprompt.Files;

/// <summary>Gives out links that let anybody read a file for a time, without a token.</summary>
internal sealed class LinkDesk(LinkStore links, FileStore files)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(90);

    /// <summary>Makes a link: the path of its address. What stands in it is here and nowhere else.</summary>
    /// <exception cref="FileException">There is no such file, it is not his, or the time is not what it may be.</exception>
    public async Task<string> MakeAsync(Guid id, TimeSpan lifetime, string? by, CancellationToken cancellationToken)
    {
        if (lifetime < TimeSpan.FromMinutes(1) || lifetime > Longest) throw FileException.Invalid($"a link is good for 1m to {Longest.Days}d");
        if (await files.FindAsync(null, id, by, cancellationToken) is not { } file) throw FileException.NoSuchFile();
        var code = Code.Make();
        if (!await links.InsertAsync(file.Id, Code.Hash(code), lifetime, by ?? "cli", cancellationToken))
            throw FileException.Invalid($"a file has {LinkStore.MostLinks} links at most; end those that are there first");
        return $"/files/{code}";
    }

    /// <summary>The file that a link leads to.</summary>
    /// <exception cref="FileException">There is none, or it is over.</exception>
    public async Task<FileRow> OpenAsync(string code, CancellationToken cancellationToken) =>
        code.Length < 100 && await links.FindAsync(Code.Hash(code), cancellationToken) is { } file ? file : throw new FileException("not_found", "there is no such link, or it is over");

    /// <summary>Ends every link to a file.</summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="FileException">There is no such file, or it is not his.</exception>
    public async Task<int> EndAsync(Guid id, string? by, CancellationToken cancellationToken) =>
        await files.FindAsync(null, id, by, cancellationToken) is { } file ? await links.DeleteAsync(file.Id, cancellationToken) : throw FileException.NoSuchFile();
}
