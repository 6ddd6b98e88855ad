using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;

namespace Systemprompt.Audit.Journal;

/// <summary><c>infra audit journal</c>: the rows that wait on this machine's disk. Needs no database, since that is what is away.</summary>
internal static class JournalCommand
{
    public static void Map(CommandMap commands) =>
        commands.Map("infra audit journal", "Lists the audit rows that wait on this machine for the database (audit.mode: journal).", "infra audit journal", [], RunAsync);

    private static Task<int> RunAsync(CliCall call, CancellationToken cancellationToken)
    {
        var folder = call.OfflineServices().GetRequiredService<JournalFolder>();
        var states = folder.Files().Select(file => JournalState.Of(folder, file.Instance, file.Path)).ToList();
        if (states.Count == 0) call.Output.Notice($"no rows wait in {folder.Path}");
        call.Output.List(
            states,
            ("file", state => state.File),
            ("since", state => state.Since),
            ("calls", state => state.Calls),
            ("rows", state => state.Rows),
            ("bytes", state => state.Bytes),
            ("state", state => state.State));
        return Task.FromResult(0);
    }
}

/// <summary>One file as the command prints it.</summary>
/// <param name="File">Where.</param>
/// <param name="Since">When it was begun.</param>
/// <param name="Calls">Records that are not known to be in the database.</param>
/// <param name="Rows">Their rows.</param>
/// <param name="Bytes">The file's size.</param>
/// <param name="State">waiting: its process runs. left: it is gone, and the next start writes the rows. refused: kept because of rows that the database did not take. foreign: of another tenant.</param>
internal sealed record JournalState(string File, DateTimeOffset? Since, long Calls, long Rows, long Bytes, string State)
{
    public static JournalState Of(JournalFolder folder, Guid instance, string path)
    {
        var bytes = new FileInfo(path).Length;
        using var file = JournalFile.Open(path, folder.Tenant);
        if (file is null) return new JournalState(path, null, 0, 0, bytes, "foreign");
        var (calls, rows, at) = (0L, 0L, file.Done);
        while (file.TryRead(ref at, out var record))
        {
            calls++;
            if (record is not null) rows += JournalRecord.RowsIn(record);
        }

        return new JournalState(path, file.Created, calls, rows, bytes, path.EndsWith(JournalFolder.Refused, StringComparison.Ordinal) ? "refused" : folder.IsHeld(instance) ? "waiting" : "left");
    }
}
