using System.Security.Cryptography;
using System.Text;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Content;

/// <summary>Reads the files of every source. Names, sizes and front matter are checked here; the Markdown itself when it is rendered.</summary>
internal sealed class ContentReader(HostFiles files, SourceCatalogue sources, ContentSettings settings)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public ContentTree Read()
    {
        var folder = files.Folder("content");
        var root = Shorten(folder.Place);
        var faults = new List<ProfileFault>();
        var faulty = new HashSet<(string, string)>();
        var documents = new List<ContentDocument>();
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(Encoding.UTF8.GetBytes($"{Version} {settings.MaxFile.Bytes} {string.Join('\n', sources.All)}"));
        foreach (var file in folder.Files.Where(file => file.Path.EndsWith(ContentPath.Ending, StringComparison.Ordinal)))
        {
            if (sources.Of(file.Path) is not { } source) continue;
            var path = file.Path[(source.Folder.Length + 1)..];
            var before = faults.Count;
            var document = ReadFile(file, source, path, $"{root}/{file.Path}", faults);
            digest.AppendData(Encoding.UTF8.GetBytes($"\n{file.Path}\n{document?.Rendered ?? string.Join('\n', faults.Skip(before))}"));
            if (document is null) faulty.Add((source.Name, path));
            else documents.Add(document);
        }

        AddressCheck.Run(documents, sources, faults, faulty);
        documents.RemoveAll(document => faulty.Contains(document.Key));
        return new ContentTree { Place = folder.Place, Digest = Convert.ToHexStringLower(digest.GetHashAndReset()), Documents = documents, Faulty = faulty, Faults = faults };
    }

    /// <summary>Changes whenever one and the same file would be stored differently.</summary>
    private static string Version => $"1 {typeof(ContentReader).Assembly.ManifestModule.ModuleVersionId}";

    private ContentDocument? ReadFile(HostFile file, ContentSource source, string path, string name, List<ProfileFault> faults)
    {
        if (ContentPath.Fault(path) is { } fault) return Fail(fault);
        byte[] bytes;
        string text;
        try
        {
            bytes = file.Read((int)settings.MaxFile.Bytes);
            text = Strict.GetString(bytes).TrimStart('\uFEFF').ReplaceLineEndings("\n");
        }
        catch (DecoderFallbackException)
        {
            return Fail("is not UTF-8 text");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Fail(exception is EndOfStreamException or FileNotFoundException ? "changed while it was read" : exception.Message.StartsWith(file.Path, StringComparison.Ordinal)
                ? $"is larger than content.max_file ({settings.MaxFile})" : "cannot be read");
        }

        if (text.Contains('\0', StringComparison.Ordinal)) return Fail("holds a NUL character, so it is no text");
        if (FrontMatterReader.Read(name, text, faults, out var markdown) is not { } front) return null;
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return new ContentDocument
        {
            Source = source,
            Path = path,
            File = name,
            Url = ContentPath.Url(source, path, front.Slug),
            Front = front,
            Text = text,
            Markdown = markdown,
            Hash = hash,
            Rendered = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Version} {source} {path} {hash}"))),
        };

        ContentDocument? Fail(string message)
        {
            faults.Add(new ProfileFault(name, 0, 0, message));
            return null;
        }
    }

    private static string Shorten(string place)
    {
        if (place.StartsWith("embedded:", StringComparison.Ordinal)) return place;
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, place);
        return relative.StartsWith("..", StringComparison.Ordinal) ? place : relative;
    }
}
