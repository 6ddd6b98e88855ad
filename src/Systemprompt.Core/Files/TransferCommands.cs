using System.CommandLine;
using System.Security.Cryptography;
using Systemprompt.Cli;

namespace Systemprompt.Files;

/// <summary><c>files put|get</c>. Both stream; neither needs a server.</summary>
internal static class TransferCommands
{
    private const int BufferLength = 128 * 1024;
    private static readonly Argument<string> Source = new("path") { Description = "The file to store; - is standard input." };
    private static readonly Option<string> Owner = new("--owner") { Description = "The login that it shall belong to.", Required = true };
    private static readonly Option<string?> Name = new("--name") { Description = "What it shall be called; as the file is by default." };
    private static readonly Argument<string> IdArgument = new("id") { Description = "The file's id." };
    private static readonly Option<string?> Out = new("--out") { Description = "Where to write it: a file, a directory, or - for standard output; the working directory, under its name, by default." };
    private static readonly Option<bool> Force = new("--force") { Description = "Overwrite a file that is there." };

    public static void Map(CommandMap commands)
    {
        commands.Map("files put", "Stores a file, where files.storage says. With a local storage, run it as the account that the server runs as.", "files put notes.txt --owner alice", [Source, Owner, Name], PutAsync);
        commands.Map("files get", "Fetches a file, and checks that it is what was stored.", "files get 0193a5c2-f0b0-7e2a-9c1d-000000000001 --out fetched.txt --force", [IdArgument, Out, Force], GetAsync);
    }

    private static async Task<int> PutAsync(CliCall call, CancellationToken cancellationToken)
    {
        var path = call.Get(Source)!;
        var name = call.Get(Name) ?? (path == "-" ? throw new CliException("--name is needed for standard input", 2) : Path.GetFileName(path));
        var desk = await FilesCommands.ServiceAsync<FileDesk>(call, cancellationToken);
        await using var source = path == "-" ? Console.OpenStandardInput() : OpenRead(path);
        var file = new NewFile(name, call.Get(Owner)!) { Length = source.CanSeek ? source.Length : null };
        FilesCommands.Show(call, await FilesCommands.DoAsync(() => desk.StoreAsync(file, source, cancellationToken)));
        return 0;
    }

    private static async Task<int> GetAsync(CliCall call, CancellationToken cancellationToken)
    {
        var id = FilesCommands.Id(call, IdArgument);
        var desk = await FilesCommands.ServiceAsync<FileDesk>(call, cancellationToken);
        var file = await desk.SeeAsync(id, null, cancellationToken) ?? throw FilesCommands.NoSuchFile(id);
        await using var content = await FilesCommands.DoAsync(() => desk.OpenAsync(file, cancellationToken));
        if (call.Get(Out) == "-")
        {
            if (call.Output.IsJson) throw new CliException("--json and the file itself cannot both go to standard output; leave one out", 2);
            await using var output = Console.OpenStandardOutput();
            await CopyAsync(content, output, file, cancellationToken);
            return 0;
        }

        var target = Target(call, file);
        await SaveAsync(content, target, file, call.Get(Force), cancellationToken);
        call.Output.Item(new { file.Id, path = target, file.Size }, ("id", saved => saved.Id), ("path", saved => saved.path), ("size", saved => saved.Size));
        return 0;
    }

    /// <summary>Written beside first: what is damaged, or was cut off, must not stand in the place of a file.</summary>
    private static async Task SaveAsync(Stream content, string target, FileRow file, bool force, CancellationToken cancellationToken)
    {
        // Not the name with more behind it, which may be as long as names can be.
        var part = Path.Combine(Path.GetDirectoryName(target)!, $".{file.Id:N}.part");
        try
        {
            await using (var output = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous)) await CopyAsync(content, output, file, cancellationToken);
            File.Move(part, target, force);
        }
        catch (EndOfStreamException)
        {
            throw Damaged(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{target} cannot be written: {fault.Message}");
        }
        finally
        {
            if (File.Exists(part)) File.Delete(part);
        }
    }

    private static async Task CopyAsync(Stream content, Stream output, FileRow file, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferLength];
        while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            hash.AppendData(buffer, 0, read);
            await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }

        await output.FlushAsync(cancellationToken);
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(file.Sha256)) throw Damaged(file);
    }

    private static CliException Damaged(FileRow file) => new($"file {file.Id} is damaged: what was read is not what was stored; 'files verify' looks at all");

    private static string Target(CliCall call, FileRow file)
    {
        var given = call.Get(Out);
        // The name was cleaned when the file was stored, and has no folders.
        var target = Path.GetFullPath(given is null ? file.Name : Directory.Exists(given) ? Path.Combine(given, file.Name) : given);
        if (Directory.Exists(target)) throw new CliException($"{target} is a directory");
        if (Path.GetDirectoryName(target) is { } folder && !Directory.Exists(folder)) throw new CliException($"there is no directory {folder}; make it first");
        return !File.Exists(target) || call.Get(Force) ? target : throw new CliException($"{target} is there already; --force overwrites it");
    }

    private static FileStream OpenRead(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.Asynchronous);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{path} cannot be read: {fault.Message}");
        }
    }
}
