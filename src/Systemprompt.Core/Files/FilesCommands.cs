using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;
using Systemprompt.Http;
using Systemprompt.Profiles.Binding;
using Systemprompt.Users;

namespace Systemprompt.Files;

/// <summary><c>files list|show|delete|share|unshare|link|unlink</c>, for operators: everybody's files.</summary>
internal static class FilesCommands
{
    private static readonly Argument<string> IdArgument = new("id") { Description = "The file's id." };
    private static readonly Option<string?> Owner = new("--owner") { Description = "Only files of this login." };
    private static readonly Option<int> Limit = new("--limit") { Description = "How many at most, newest first, up to 10000.", DefaultValueFactory = static _ => 50 };
    private static readonly Option<string?> User = new("--user") { Description = "One user, by login." };
    private static readonly Option<string?> Team = new("--team") { Description = "Whoever is in this team." };
    private static readonly Option<bool> Everyone = new("--everyone") { Description = "Everybody with a token." };
    private static readonly Option<string?> For = new("--for") { Description = "For how long, such as 7d; for good by default." };

    private static readonly Option<string> LinkFor = new("--for") { Description = "How long the link is good, from 1m to 90d.", DefaultValueFactory = static _ => "1d" };

    public static void Map(CommandMap commands)
    {
        commands.Map("files list", "Lists files, newest first.", "files list --owner alice", [Owner, Limit], ListAsync);
        commands.Map("files show", "Shows a file, and with whom it is shared.", "files show 0193a5c2-f0b0-7e2a-9c1d-000000000001", [IdArgument], ShowAsync);
        commands.Map("files delete", "Deletes a file; its content too, unless another file has the same.", "files delete 0193a5c2-f0b0-7e2a-9c1d-000000000001", [IdArgument], DeleteAsync);
        commands.Map("files share", "Lets others read a file, or changes until when.", "files share 0193a5c2-f0b0-7e2a-9c1d-000000000001 --team platform --for 7d", [IdArgument, User, Team, Everyone, For], ShareAsync);
        commands.Map("files link", "Makes a link that lets anybody read a file for a time, and prints it alone on stdout.", "files link 0193a5c2-f0b0-7e2a-9c1d-000000000001 --for 1d", [IdArgument, LinkFor], LinkAsync);
        commands.Map("files unlink", "Ends every link to a file.", "files unlink 0193a5c2-f0b0-7e2a-9c1d-000000000001", [IdArgument], UnlinkAsync);
        commands.Map("files unshare", "Takes a share back.", "files unshare 0193a5c2-f0b0-7e2a-9c1d-000000000001 --user bob", [IdArgument, User, Team, Everyone], UnshareAsync);
    }

    /// <summary>The file's id, as somebody typed it.</summary>
    internal static Guid Id(CliCall call, Argument<string> argument) =>
        Guid.TryParse(call.Get(argument), out var id) ? id : throw new CliException($"'{call.Get(argument)}' is no id such as 0193a5c2-f0b0-7e2a-9c1d-000000000001; 'files list' shows them", 2);

    /// <summary>Runs something; what cannot be done becomes the command's message.</summary>
    internal static async Task<T> DoAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (FileException fault)
        {
            throw new CliException(fault.Message, fault.Code == "invalid" ? 2 : 1);
        }
    }

    internal static async Task<T> ServiceAsync<T>(CliCall call, CancellationToken cancellationToken)
        where T : notnull => (await call.ServicesAsync(cancellationToken)).GetRequiredService<T>();

    internal static CliException NoSuchFile(Guid id) => new($"there is no file {id}; 'files list' shows what there is");

    internal static void Show(CliCall call, FileEntry entry) => call.Output.Item(
        entry, ("id", file => file.Id), ("name", file => file.Name), ("owner", file => file.Owner), ("type", file => file.MediaType), ("size", file => file.Size), ("sha256", file => file.Sha256), ("created", file => file.CreatedAt));

    private static async Task<int> ListAsync(CliCall call, CancellationToken cancellationToken)
    {
        if (call.Get(Limit) is < 1 or > 10_000) throw new CliException($"--limit {call.Get(Limit)} is not from 1 to 10000", 2);
        var files = await (await ServiceAsync<FileStore>(call, cancellationToken)).ListAsync(call.Get(Owner), call.Get(Limit), cancellationToken);
        call.Output.List(
            files.Select(file => file.ToEntry()).ToList(), ("id", file => file.Id), ("name", file => file.Name), ("owner", file => file.Owner), ("type", file => file.MediaType), ("size", file => file.Size),
            ("created", file => file.CreatedAt));
        return 0;
    }

    private static async Task<int> ShowAsync(CliCall call, CancellationToken cancellationToken)
    {
        var (id, desk) = (Id(call, IdArgument), await ServiceAsync<FileDesk>(call, cancellationToken));
        var file = await desk.SeeAsync(id, null, cancellationToken) ?? throw NoSuchFile(id);
        var shares = await desk.SharesAsync(id, null, cancellationToken);
        if (call.Output.IsJson)
        {
            call.Output.Document(new { file = file.ToEntry(), file.Storage, content = file.Blob, shares });
            return 0;
        }

        Show(call, file.ToEntry());
        call.Output.Item(file, ("storage", row => row.Storage), ("content", row => row.Blob));
        if (shares.Count > 0) call.Output.List(shares, ("shared with", share => $"{share.Kind} {share.Name}".TrimEnd()), ("since", share => share.CreatedAt), ("by", share => share.CreatedBy), ("until", share => share.ExpiresAt));
        return 0;
    }

    private static async Task<int> DeleteAsync(CliCall call, CancellationToken cancellationToken)
    {
        var (id, desk) = (Id(call, IdArgument), await ServiceAsync<FileDesk>(call, cancellationToken));
        if (!await DoAsync(() => desk.DeleteAsync(id, null, cancellationToken))) throw NoSuchFile(id);
        Say(call, new { id, deleted = true }, $"{id} is deleted");
        return 0;
    }

    private static async Task<int> ShareAsync(CliCall call, CancellationToken cancellationToken)
    {
        var (id, desk, users) = (Id(call, IdArgument), await ServiceAsync<FileDesk>(call, cancellationToken), await ServiceAsync<IUsers>(call, cancellationToken));
        var with = await DoAsync(() => Task.FromResult(FilesEndpoints.Target(call.Get(User), call.Get(Team), call.Get(Everyone))));
        await DoAsync(async () =>
        {
            await desk.ShareAsync(id, with, Duration(For.Name, call.Get(For)), null, cancellationToken);
            return true;
        });
        if (with.Kind == "user" && await users.FindAsync(with.Name, cancellationToken) is null)
            call.Output.Notice($"nobody is known here as '{with.Name}'; whoever holds a token of this name may read the file");
        Say(call, new { id, sharedWith = with.ToString() }, $"{id} is shared with {with}");
        return 0;
    }

    private static async Task<int> UnshareAsync(CliCall call, CancellationToken cancellationToken)
    {
        var (id, desk) = (Id(call, IdArgument), await ServiceAsync<FileDesk>(call, cancellationToken));
        var with = await DoAsync(() => Task.FromResult(FilesEndpoints.Target(call.Get(User), call.Get(Team), call.Get(Everyone))));
        if (!await DoAsync(() => desk.UnshareAsync(id, with, null, cancellationToken))) throw new CliException($"{id} is not shared with {with}; 'files show {id}' shows with whom");
        Say(call, new { id, unsharedWith = with.ToString() }, $"{id} is not shared with {with} any more");
        return 0;
    }

    private static async Task<int> LinkAsync(CliCall call, CancellationToken cancellationToken)
    {
        var (id, links) = (Id(call, IdArgument), await ServiceAsync<LinkDesk>(call, cancellationToken));
        var path = await DoAsync(() => links.MakeAsync(id, Duration(LinkFor.Name, call.Get(LinkFor))!.Value, null, cancellationToken));
        var link = call.Profile.Section<ServerSettings>().ExternalUrl is { } outside ? new Uri(outside, path).ToString() : path;
        if (link == path) call.Output.Notice("server.external_url is unset; put the server's address in front");
        Say(call, new { id, link }, link);
        return 0;
    }

    private static async Task<int> UnlinkAsync(CliCall call, CancellationToken cancellationToken)
    {
        var (id, links) = (Id(call, IdArgument), await ServiceAsync<LinkDesk>(call, cancellationToken));
        var ended = await DoAsync(() => links.EndAsync(id, null, cancellationToken));
        Say(call, new { id, ended }, $"{ended} links are ended");
        return 0;
    }

    private static TimeSpan? Duration(string option, string? given) =>
        given is not { } text ? null
        : ValueText.Parse(typeof(TimeSpan), text, out var expected) is TimeSpan time ? time
        : throw new CliException($"{option} {text} is not {expected}", 2);

    private static void Say(CliCall call, object document, string line)
    {
        if (call.Output.IsJson) call.Output.Document(document);
        else call.Output.Line(line);
    }
}
