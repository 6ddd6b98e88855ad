using System.Buffers.Binary;
using Npgsql;
using Systemprompt.Audit;
using Systemprompt.Audit.Journal;

namespace Systemprompt.Integration.Tests.Audit;

/// <summary>A journal that the disk damaged costs the records it hit and no other, and its file is kept.</summary>
public sealed class JournalDamageTests : IAsyncLifetime
{
    // More than what stands in the queue at once, so that places are marked as done.
    private const int Calls = 700;
    private static readonly AuditSettings WithJournal = new() { Mode = AuditMode.Journal, CommitTimeout = TimeSpan.FromSeconds(2) };
    private readonly string _folder = Directory.CreateTempSubdirectory("systemprompt-journal-").FullName;
    private PostgresCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await PostgresCluster.StartAsync("fsync=on");

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("neighbours", 2)]
    [InlineData("length", 1)]
    public async Task Records_that_are_damaged_in_the_middle_keep_the_file_and_cost_no_other_row(string damage, int lost)
    {
        await using (var process = await StartAsync())
        {
            await _cluster.StopServerAsync("KILL");
            await CommitAsync(process);
        }

        var file = Files().ShouldHaveSingleItem();
        var bytes = await File.ReadAllBytesAsync(file);
        var (first, second) = (PlaceOf(bytes, 50), PlaceOf(bytes, 51));
        if (damage == "length") bytes[first + 1] ^= 1;
        else foreach (var place in new[] { first, second }) bytes[place + JournalFile.Overhead + 20] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        await _cluster.StartServerAsync("fsync=on");

        await using var next = await StartAsync();

        (await CountAsync()).ShouldBe(Calls - lost);
        var kept = Files().ShouldHaveSingleItem();
        kept.ShouldBe(Path.ChangeExtension(file, ".refused"));
        // Also what its header says to be in the database.
        (await File.ReadAllBytesAsync(kept)).SequenceEqual(bytes).ShouldBeTrue();
        await CommitTests.ChainsShouldVerify(next);
    }

    [Fact]
    public async Task A_last_record_that_is_damaged_while_its_process_lives_is_no_torn_end()
    {
        await using var process = await StartAsync();
        await _cluster.StopServerAsync("KILL");
        await CommitAsync(process);
        var file = Files().ShouldHaveSingleItem();
        await using (var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
        {
            stream.Seek(-1, SeekOrigin.End);
            var last = stream.ReadByte();
            stream.Seek(-1, SeekOrigin.End);
            stream.WriteByte((byte)(last ^ 1));
        }

        await _cluster.StartServerAsync("fsync=on");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (process.Journal.Rows > 0) await Task.Delay(10, limit.Token);

        (await CountAsync()).ShouldBe(Calls - 1);
        Files().ShouldHaveSingleItem().ShouldBe(Path.ChangeExtension(file, ".refused"));
    }

    private Task<AuditProcess> StartAsync() => AuditProcess.StartAsync(_cluster.Url("postgres"), WithJournal, journal: _folder);

    private string[] Files() => [.. Directory.GetFiles(_folder).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal))];

    private static async Task CommitAsync(AuditProcess process)
    {
        // The first one finds out.
        await process.Log.CommitAsync(new ProbeOpened(), CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(1, Calls - 1).Select(_ => process.Log.CommitAsync(new ProbeOpened(), CancellationToken.None).AsTask()));
    }

    /// <summary>Where a record begins.</summary>
    private static int PlaceOf(byte[] file, int number)
    {
        var place = JournalFile.HeaderSize;
        for (var i = 0; i < number; i++) place += JournalFile.Overhead + BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(place));
        return place;
    }

    private async Task<long> CountAsync()
    {
        await using var connection = new NpgsqlConnection($"{Systemprompt.Database.ConnectionUrl.Parse(_cluster.Url("postgres")).ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select count(*) from probe.opened", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
