using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Systemprompt.Database;
using Systemprompt.Hosting;

namespace Systemprompt.Integration.Tests.Database;

public sealed class NotifyBusTests : IAsyncLifetime
{
    private readonly Channel<Notice> _heard = Channel.CreateUnbounded<Notice>();
    private DatabaseFixture _database = null!;

    public async Task InitializeAsync() => _database = await DatabaseFixture.CreateEmptyAsync();

    public async Task DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task What_one_process_publishes_another_hears()
    {
        var listener = await BusAsync();
        var publisher = (await _database.StartedProcessAsync(Catalogue.Empty)).GetRequiredService<NotifyBus>();
        listener.Subscribe("things_changed", Hear);
        listener.Start();
        (await NextAsync()).ShouldBe(Notice.Listening);

        await publisher.PublishAsync("things_changed", "zwölf", CancellationToken.None);

        (await NextAsync()).ShouldBe(new Notice(NoticeKind.Published, "zwölf"));
    }

    [Fact]
    public async Task A_channel_subscribed_to_later_is_heard_on_the_same_connection()
    {
        var bus = await BusAsync();
        bus.Subscribe("first", static (_, _) => ValueTask.CompletedTask);
        bus.Start();
        await bus.WhenListening;
        var before = await ListenersAsync();

        bus.Subscribe("second", Hear);
        await bus.WhenListening;
        await bus.PublishAsync("second", "x", CancellationToken.None);

        (await NextAsync()).ShouldBe(Notice.Listening);
        (await NextAsync()).Payload.ShouldBe("x");
        (await ListenersAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task After_the_unsubscribing_nothing_more_is_heard()
    {
        var bus = await BusAsync();
        var gone = Channel.CreateUnbounded<Notice>();
        var subscription = bus.Subscribe("things", (notice, _) => gone.Writer.WriteAsync(notice, CancellationToken.None));
        bus.Subscribe("things", Hear);
        bus.Start();
        await bus.WhenListening;
        (await gone.Reader.ReadAsync()).ShouldBe(Notice.Listening);
        subscription.Dispose();

        await bus.PublishAsync("things", "x", CancellationToken.None);

        await NextAsync();
        (await NextAsync()).Payload.ShouldBe("x");
        gone.Reader.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_cut_connection_comes_back_and_subscribers_are_told_to_read_again()
    {
        var bus = await BusAsync();
        bus.Subscribe("things", Hear);
        bus.Start();
        (await NextAsync()).ShouldBe(Notice.Listening);

        await _database.ExecuteAsync($"select pg_terminate_backend({await ListenersAsync()})");

        (await NextAsync()).ShouldBe(Notice.Listening);
        await bus.WhenListening;
        await bus.PublishAsync("things", "again", CancellationToken.None);
        (await NextAsync()).Payload.ShouldBe("again");
    }

    [Fact]
    public async Task After_a_break_the_loop_counts_as_well_again()
    {
        var process = await _database.StartedProcessAsync(Catalogue.Empty);
        var bus = process.GetRequiredService<NotifyBus>();
        bus.Subscribe("things", Hear);
        bus.Start();
        await NextAsync();
        await _database.ExecuteAsync($"select pg_terminate_backend({await ListenersAsync()})");
        await NextAsync();
        await bus.WhenListening;
        await bus.PublishAsync("things", "x", CancellationToken.None);
        await NextAsync();

        // The turn after the reconnect has ended once the second message is through.
        await bus.PublishAsync("things", "y", CancellationToken.None);
        await NextAsync();
        process.GetRequiredService<BackgroundLoops>().All.Single(loop => loop.Name == "database.listen").Failures.ShouldBe(0);
    }

    [Fact]
    public async Task Without_listening_polls_find_the_changes()
    {
        var clock = new FakeTimeProvider();
        var bus = await BusAsync(clock, settings => settings with { Listen = false });
        bus.Subscribe("things", Hear, pollEvery: TimeSpan.FromSeconds(5));
        bus.Start();

        await bus.PublishAsync("things", "unheard", CancellationToken.None);
        clock.Advance(TimeSpan.FromSeconds(5));

        (await NextAsync()).ShouldBe(Notice.Poll);
        clock.Advance(TimeSpan.FromSeconds(5));
        (await NextAsync()).ShouldBe(Notice.Poll);
        bus.WhenListening.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_handler_that_throws_is_called_again_with_a_poll_and_the_bus_lives_on()
    {
        var bus = await BusAsync();
        var failures = 0;
        bus.Subscribe("things", (notice, token) =>
            notice.Kind == NoticeKind.Published && failures++ == 0 ? throw new InvalidOperationException("no") : Hear(notice, token));
        bus.Start();
        await NextAsync();

        await bus.PublishAsync("things", "lost", CancellationToken.None);
        (await NextAsync()).ShouldBe(Notice.Poll);
        await bus.PublishAsync("things", "second", CancellationToken.None);
        (await NextAsync()).Payload.ShouldBe("second");
    }

    [Fact]
    public async Task More_than_the_queue_holds_ends_in_a_poll()
    {
        var bus = await BusAsync();
        var gate = new TaskCompletionSource();
        bus.Subscribe("things", async (notice, token) =>
        {
            await gate.Task;
            await Hear(notice, token);
        });
        var offered = new TaskCompletionSource();
        bus.Subscribe("things", (notice, _) =>
        {
            if (notice.Kind == NoticeKind.Poll || notice.Payload == "400") offered.TrySetResult();
            return ValueTask.CompletedTask;
        });
        bus.Start();
        await bus.WhenListening;
        await _database.ExecuteAsync("select count(pg_notify('things', i::text)) from generate_series(1, 400) i");

        await offered.Task;
        gate.SetResult();
        var kinds = new List<NoticeKind>();
        while (!kinds.Contains(NoticeKind.Poll)) kinds.Add((await NextAsync()).Kind);
        kinds.Count.ShouldBeLessThan(400);
    }

    [Fact]
    public async Task A_message_of_an_aborted_transaction_is_never_heard()
    {
        var bus = await BusAsync();
        bus.Subscribe("things", Hear);
        bus.Start();
        await NextAsync();

        await using (var connection = await _database.ConnectAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await NotifyBus.PublishAsync(connection, "things", "undone", CancellationToken.None);
            await transaction.RollbackAsync();
            await NotifyBus.PublishAsync(connection, "things", "done", CancellationToken.None);
        }

        (await NextAsync()).Payload.ShouldBe("done");
    }

    [Fact]
    public async Task The_longest_payload_goes_through_and_a_longer_one_is_refused()
    {
        var bus = await BusAsync();
        bus.Subscribe("things", Hear);
        bus.Start();
        await NextAsync();

        await bus.PublishAsync("things", new string('x', NotifyBus.MaxPayloadBytes), CancellationToken.None);
        (await NextAsync()).Payload.Length.ShouldBe(NotifyBus.MaxPayloadBytes);
        await Should.ThrowAsync<ArgumentException>(() => bus.PublishAsync("things", new string('x', NotifyBus.MaxPayloadBytes + 1), CancellationToken.None));
        await Should.ThrowAsync<ArgumentException>(() => bus.PublishAsync("Things", "x", CancellationToken.None));
        await Should.ThrowAsync<ArgumentException>(() => bus.PublishAsync("things", "a\0b", CancellationToken.None));
    }

    private async Task<NotifyBus> BusAsync(TimeProvider? clock = null, Func<DatabaseSettings, DatabaseSettings>? change = null)
    {
        var process = _database.Process(Catalogue.Empty, change, services =>
        {
            if (clock is not null) services.AddSingleton(clock);
        });
        await process.GetRequiredService<DatabaseBoot>().EnsureAsync(CancellationToken.None);
        return process.GetRequiredService<NotifyBus>();
    }

    private ValueTask Hear(Notice notice, CancellationToken cancellationToken) => _heard.Writer.WriteAsync(notice, cancellationToken);

    private Task<Notice> NextAsync() => _heard.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    private Task<int> ListenersAsync() =>
        _database.ScalarAsync<int>("select pid from pg_stat_activity where datname = current_database() and application_name like '% direct'");
}
