using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Extensions;
using Systemprompt.Files;

namespace Systemprompt.Integration.Tests.Files;

/// <summary>Files in both storages that ship, by the service that extensions use.</summary>
public sealed class FilesTests
{
    private const int Chunk = 256 * 1024;

    [Theory]
    [InlineData("local")]
    [InlineData("database")]
    public async Task Contents_of_every_length_come_back_from_every_place(string storage)
    {
        await using var room = await FileRoom.StartAsync(storage);
        foreach (var length in new[] { 0, 1, 4095, 4096, 4097, Chunk - 1, Chunk, Chunk + 1, 3 * Chunk, 1_000_003 })
        {
            var content = FileRoom.Random(length);
            var entry = await room.StoreAsync(content);
            (entry.Size, entry.Sha256).ShouldBe((length, Convert.ToHexStringLower(SHA256.HashData(content))));
            (await room.ReadAsync(entry.Id)).SequenceEqual(content).ShouldBeTrue($"{length} bytes");

            await using var stream = await room.Desk.OpenAsync(entry.Id, "alice", CancellationToken.None);
            foreach (var place in new[] { length / 2, 0, length - 1, Math.Min(Chunk, length) }.Where(place => place >= 0))
            {
                stream.Position = place;
                var part = new byte[Math.Min(700, length - place)];
                await stream.ReadExactlyAsync(part);
                part.AsSpan().SequenceEqual(content.AsSpan(place, part.Length)).ShouldBeTrue($"{length} bytes from {place}");
            }
        }

        (await room.Commands.RunAsync("files", "verify")).Succeeded().Out.ShouldStartWith("10 contents");
        (await room.CountAsync("chunks") > 0).ShouldBe(storage == "database");
        room.OnDisk.Count.ShouldBe(storage == "local" ? 10 : 0);
    }

    [Theory]
    [InlineData("local")]
    [InlineData("database")]
    public async Task The_same_bytes_are_kept_once_and_go_with_their_last_file(string storage)
    {
        await using var room = await FileRoom.StartAsync(storage);
        var content = FileRoom.Random(300_000);
        var first = await room.StoreAsync(content, "alice", "one");
        var second = await room.StoreAsync(content, "bob", "two");
        second.Id.ShouldNotBe(first.Id);
        (await room.CountAsync("files"), await room.CountAsync("blobs")).ShouldBe((2, 1));

        (await room.Desk.DeleteAsync(first.Id, "bob")).ShouldBeFalse();
        (await room.Desk.DeleteAsync(first.Id, "alice")).ShouldBeTrue();
        (await room.ReadAsync(second.Id, "bob")).SequenceEqual(content).ShouldBeTrue();

        (await room.Desk.DeleteAsync(second.Id, "bob")).ShouldBeTrue();
        await room.NothingStaysAsync();
    }

    [Theory]
    [InlineData("local")]
    [InlineData("database")]
    public async Task Storing_and_deleting_the_same_bytes_at_once_with_sweeps_between_loses_none(string storage)
    {
        await using var room = await FileRoom.StartAsync(storage);
        var content = FileRoom.Random(50_000);
        var kept = new List<Guid>();
        for (var round = 0; round < 8; round++)
        {
            var work = Enumerable.Range(0, 6).Select(async number =>
            {
                var entry = await room.StoreAsync(content, $"u{number}");
                if (number % 3 > 0) (await room.Desk.DeleteAsync(entry.Id, null)).ShouldBeTrue();
                else lock (kept) kept.Add(entry.Id);
            }).Append(SweepAsync(room)).ToList();
            await Task.WhenAll(work);
            foreach (var id in kept) (await room.ReadAsync(id)).SequenceEqual(content).ShouldBeTrue();
            foreach (var id in kept) await room.Desk.DeleteAsync(id, null);
            kept.Clear();
        }

        await room.NothingStaysAsync();
    }

    // Also what was marked a moment ago, as if its deleter were gone.
    private static async Task SweepAsync(FileRoom room)
    {
        await room.Database.ExecuteAsync("update files.blobs set since = now() - interval '1 day' where state = 'deleting'");
        await room.SweepAsync();
    }

    [Theory]
    [InlineData("local")]
    [InlineData("database")]
    public async Task A_commit_whose_answer_was_lost_keeps_the_bytes_of_its_file(string storage)
    {
        await using var room = await FileRoom.StartAsync(storage);
        var content = FileRoom.Random(300_000);
        var intake = room.Server.Services.GetRequiredService<FileIntake>();
        FileEntry entry;
        await using (var upload = await intake.ReceiveAsync(new NewFile("a.bin", "alice"), new MemoryStream(content), CancellationToken.None))
        {
            entry = await intake.KeepAsync(upload, CancellationToken.None);
            // As it is left when the connection breaks between the server's commit and its answer.
            upload.IsKept = false;
        }

        (await room.ReadAsync(entry.Id, "alice")).SequenceEqual(content).ShouldBeTrue();
    }

    [Fact]
    public async Task The_same_bytes_take_the_place_of_those_in_a_storage_that_is_no_more()
    {
        await using var room = await FileRoom.StartAsync("local");
        var content = FileRoom.Random(1000);
        var first = await room.StoreAsync(content);
        await room.Database.ExecuteAsync("update files.blobs set storage = 'bucket'");

        var second = await room.StoreAsync(content, "bob");

        (await room.ReadAsync(first.Id, "alice")).SequenceEqual(content).ShouldBeTrue();
        (await room.ReadAsync(second.Id, "bob")).SequenceEqual(content).ShouldBeTrue();
    }

    [Theory]
    [InlineData("local")]
    [InlineData("database")]
    public async Task What_does_not_come_to_its_end_leaves_nothing(string storage)
    {
        await using var room = await FileRoom.StartAsync(storage, new() { ["FILES_MAX_SIZE"] = "1MB" });
        await Should.ThrowAsync<IOException>(() => room.StoreAsync([], stream: new BrokenStream(700_000)));
        (await CodeAsync(room, new NewFile("a", "alice"), FileRoom.Random(1024 * 1024 + 1))).ShouldBe("too_large");
        (await CodeAsync(room, new NewFile("a", "alice") { Length = 2 * 1024 * 1024 }, [])).ShouldBe("too_large");
        (await CodeAsync(room, new NewFile("a", "alice") { Length = 100 }, new byte[99])).ShouldBe("invalid");
        (await CodeAsync(room, new NewFile("a", "alice") { Sha256 = SHA256.HashData("other"u8) }, FileRoom.Random(5000))).ShouldBe("digest_mismatch");

        var held = new HeldStream(FileRoom.Random(600_000));
        using var client = new CancellationTokenSource();
        var storing = room.Desk.StoreAsync(new NewFile("a", "alice"), held, client.Token);
        await held.Held;
        (await room.CountAsync("blobs where state <> 'kept'")).ShouldBe(1);
        await client.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => storing);

        await room.NothingStaysAsync();
    }

    [Theory]
    [InlineData("local")]
    [InlineData("database")]
    public async Task The_sweep_deletes_what_a_crash_left_and_not_what_is_under_way(string storage)
    {
        await using var room = await FileRoom.StartAsync(storage);
        var content = FileRoom.Random(400_000);
        var (crashed, held) = (new HeldStream(FileRoom.Random(400_000)), new HeldStream(content));
        var lost = room.StoreAsync([], stream: crashed);
        await crashed.Held;
        await room.Database.ExecuteAsync("update files.blobs set since = now() - interval '8 hours'");
        var going = room.StoreAsync([], stream: held);
        await held.Held;

        await room.SweepAsync();

        (await room.CountAsync("blobs")).ShouldBe(1);
        held.LetGo();
        (await room.ReadAsync((await going).Id)).SequenceEqual(content).ShouldBeTrue();
        // The one that was swept away says so instead of becoming a file without content.
        crashed.LetGo();
        await Should.ThrowAsync<Exception>(() => lost);
        await room.SweepAsync();
        (await room.CountAsync("blobs"), await room.CountAsync("files")).ShouldBe((1, 1));
        (await room.Commands.RunAsync("files", "verify")).Succeeded();
        room.OnDisk.Count.ShouldBe(storage == "local" ? 1 : 0);

        // A deletion that died between its commit and the storage.
        await room.Database.ExecuteAsync("delete from files.files; update files.blobs set state = 'deleting', since = now() - interval '1 hour'");
        await room.SweepAsync();
        await room.NothingStaysAsync();
    }

    [Fact]
    public async Task Quota_kinds_and_places_are_kept_to()
    {
        await using var room = await FileRoom.StartAsync("local", new() { ["FILES_QUOTA"] = "1MB", ["FILES_KINDS"] = "image/*,text/plain", ["FILES_MAX_UPLOADS"] = "8" });
        (await CodeAsync(room, new NewFile("a.png", "alice"), [.. "%PDF-1.7"u8])).ShouldBe("kind_not_allowed");
        (await CodeAsync(room, new NewFile("a.txt", "alice"), [.. "just words"u8])).ShouldBeNull();
        (await CodeAsync(room, new NewFile("b.txt", "alice"), new string('x', 1024 * 1024).Select(letter => (byte)letter).ToArray())).ShouldBe("quota_exceeded");
        (await CodeAsync(room, new NewFile("b.txt", "bob"), new string('x', 1024 * 1024).Select(letter => (byte)letter).ToArray())).ShouldBeNull();
        (await CodeAsync(room, new NewFile("c.txt", "bob"), [.. "x"u8])).ShouldBe("quota_exceeded");

        // Two that both find room while neither is stored yet.
        var (one, two) = (new HeldStream(new string('1', 600_000).Select(letter => (byte)letter).ToArray()), new HeldStream(new string('2', 600_000).Select(letter => (byte)letter).ToArray()));
        var both = new[] { CodeAsync(room, new NewFile("1", "carol"), one), CodeAsync(room, new NewFile("2", "carol"), two) };
        await Task.WhenAll(one.Held, two.Held);
        (await CodeAsync(room, new NewFile("3", "carol"), [.. "x"u8])).ShouldBe("busy");
        (await CodeAsync(room, new NewFile("4", "dave"), [.. "x"u8])).ShouldBeNull();
        one.LetGo();
        two.LetGo();
        (await Task.WhenAll(both)).Order().ShouldBe([null, "quota_exceeded"]);
        (await room.CountAsync("files where owner = 'carol'")).ShouldBe(1);
        room.OnDisk.Count.ShouldBe(4);
    }

    [Fact]
    public void Places_are_bounded_in_all_and_for_one_owner()
    {
        var places = new UploadPlaces(new FilesSettings { MaxUploads = 8 });
        var taken = Enumerable.Range(0, 4).SelectMany(owner => Enumerable.Range(0, 3).Select(_ => places.TryTake($"{owner}"))).OfType<IDisposable>().ToList();
        taken.Count.ShouldBe(8);
        places.TryTake("nobody yet").ShouldBeNull();
        taken[0].Dispose();
        places.TryTake("1").ShouldBeNull();
        places.TryTake("nobody yet").ShouldNotBeNull();
    }

    [Fact]
    public async Task No_room_and_no_time_are_told_and_leave_nothing()
    {
        await using var room = await FileRoom.StartAsync("local", new() { ["FILES_MIN_FREE"] = "1000000GB" });
        (await CodeAsync(room, new NewFile("a", "alice"), FileRoom.Random(10))).ShouldBe("storage_full");
        await room.NothingStaysAsync();
        (await room.Commands.RunAsync("doctor")).Out.ShouldContain("less of the disk is free than files.min_free asks for");

        room.Commands.Variables["FILES_MIN_FREE"] = "0";
        room.Commands.Variables["FILES_TIMEOUT"] = "1s";
        await room.StartServerAsync();
        (await CodeAsync(room, new NewFile("a", "alice"), new HeldStream(FileRoom.Random(10)))).ShouldBe("upload_timeout");
        await room.NothingStaysAsync();
    }

    [Fact]
    public async Task A_lost_content_is_found_and_mended_by_the_same_bytes()
    {
        await using var room = await FileRoom.StartAsync("local");
        var (content, other) = (FileRoom.Random(10_000), FileRoom.Random(10_000));
        var (lost, damaged) = (await room.StoreAsync(content, "alice", "lost.bin"), await room.StoreAsync(other, "bob", "damaged.bin"));
        File.Delete(await PathAsync(room, lost.Id));
        await using (var file = new FileStream(await PathAsync(room, damaged.Id), FileMode.Open)) file.WriteByte((byte)(other[0] ^ 1));

        var run = await room.Commands.RunAsync("files", "verify", "--json");
        run.Code.ShouldBe(1);
        run.Json.GetProperty("bad").EnumerateArray().Select(bad => (bad.GetProperty("fault").GetString(), bad.GetProperty("files")[0].GetProperty("name").GetString()))
            .ShouldBe([("missing", "lost.bin"), ("damaged", "damaged.bin")], ignoreOrder: true);
        (await Should.ThrowAsync<FileException>(() => room.ReadAsync(lost.Id))).Code.ShouldBe("content_missing");
        (await room.Commands.RunAsync("files", "get", $"{damaged.Id}", "--out", room.Folder)).Error.ShouldContain("is damaged");
        Directory.EnumerateFiles(room.Folder).ShouldBeEmpty();

        await room.StoreAsync(content, "bob");
        (await room.ReadAsync(lost.Id, "alice")).SequenceEqual(content).ShouldBeTrue();
        (await room.CountAsync("blobs")).ShouldBe(2);
    }

    [Fact]
    public async Task Another_storage_in_the_profile_leaves_files_where_they_are_and_readable()
    {
        await using var room = await FileRoom.StartAsync("local");
        var (content, more) = (FileRoom.Random(10_000), FileRoom.Random(10_000));
        var before = await room.StoreAsync(content);
        room.Commands.Variables["FILES_STORAGE"] = "database";
        await room.StartServerAsync();
        var (same, after) = (await room.StoreAsync(content, "bob"), await room.StoreAsync(more));

        (await room.ReadAsync(before.Id)).SequenceEqual(content).ShouldBeTrue();
        (await room.ReadAsync(same.Id)).SequenceEqual(content).ShouldBeTrue();
        (await room.ReadAsync(after.Id)).SequenceEqual(more).ShouldBeTrue();
        (await room.CountAsync("blobs"), room.OnDisk.Count, await room.CountAsync("chunks")).ShouldBe((2, 1, 1));
        var usage = (await room.Commands.RunAsync("files", "usage", "--json")).Succeeded().Json;
        usage.GetProperty("storages").EnumerateArray().Select(storage => storage.GetProperty("bytes").GetInt64()).ShouldBe([10_000, 10_000]);
        usage.GetProperty("owners").EnumerateArray().Select(owner => (owner.GetProperty("owner").GetString(), owner.GetProperty("bytes").GetInt64())).ShouldBe([("alice", 20_000), ("bob", 10_000)]);
    }

    [Fact]
    public async Task A_customers_storage_is_used_listed_and_suggested()
    {
        var shelf = new ShelfRoom();
        await using var room = await FileRoom.StartAsync("shelf", null, shelf);
        var content = FileRoom.Random(10_000);
        var entry = await room.StoreAsync(content);
        shelf.Kept.Keys.ShouldHaveSingleItem().ToString().ShouldStartWith("tests/");
        (await room.ReadAsync(entry.Id)).SequenceEqual(content).ShouldBeTrue();
        (await room.Desk.DeleteAsync(entry.Id, null)).ShouldBeTrue();
        shelf.Kept.ShouldBeEmpty();
        (await room.Commands.RunAsync("extensions", "show", "shelf_room")).Succeeded().Out.ShouldContain("file storage");

        shelf.IsAway = true;
        await Should.ThrowAsync<InvalidOperationException>(() => room.StoreAsync(content));
        (await room.CountAsync("blobs where state <> 'kept'")).ShouldBe(1);
        await room.Database.ExecuteAsync("update files.blobs set since = now() - interval '8 hours'");
        await Should.ThrowAsync<InvalidOperationException>(room.SweepAsync);
        shelf.IsAway = false;
        await room.SweepAsync();
        await room.NothingStaysAsync();

        room.Commands.Variables["FILES_STORAGE"] = "shelff";
        var run = await room.Commands.RunAsync("admin", "config", "validate");
        run.Code.ShouldBe(1);
        run.Error.ShouldContain("files.storage: there is no file storage 'shelff' in this binary, did you mean 'shelf'?");
    }

    [Fact]
    public async Task Storing_and_deleting_are_events()
    {
        await using var room = await FileRoom.StartAsync("database");
        var entry = await room.StoreAsync([.. "hello"u8], "alice", "notes.txt");
        await room.Desk.DeleteAsync(entry.Id, "alice");

        await room.Database.UntilAsync("select count(*) = 2 from events.log where kind like 'files.%'");
        (await room.Database.ScalarAsync<string>("select string_agg(kind || ' ' || audience || ' ' || (data ->> 'name'), ', ' order by id) from events.log where kind like 'files.%'"))
            .ShouldBe("files.stored user:alice notes.txt, files.deleted user:alice notes.txt");
    }

    private static async Task<string?> CodeAsync(FileRoom room, NewFile file, byte[] content) => await CodeAsync(room, file, new MemoryStream(content));

    /// <summary>Why a file was refused; null when it was stored.</summary>
    private static async Task<string?> CodeAsync(FileRoom room, NewFile file, Stream content)
    {
        try
        {
            await room.Desk.StoreAsync(file, content, CancellationToken.None);
            return null;
        }
        catch (FileException fault)
        {
            return fault.Code;
        }
    }

    private static async Task<string> PathAsync(FileRoom room, Guid file) =>
        room.Server.Services.GetRequiredService<LocalStorage>().PathOf(new FileBlob("tests", await room.Database.ScalarAsync<Guid>($"select blob from files.files where id = '{file}'")));
}
