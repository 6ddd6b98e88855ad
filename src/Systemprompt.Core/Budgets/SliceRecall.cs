using Systemprompt.Database;

namespace Systemprompt.Budgets;

/// <summary>Hears when another replica needs what lies idle here, and when others gave something back.</summary>
internal sealed class SliceRecall(SliceKeeper keeper, NotifyBus bus) : IDisposable
{
    private IDisposable? _recalls, _returns;

    public void Start()
    {
        _recalls = bus.Subscribe(SliceStore.RecallChannel, RecalledAsync);
        _returns = bus.Subscribe(SliceStore.ReturnedChannel, (notice, _) =>
        {
            Find(notice)?.NoteReturned();
            return ValueTask.CompletedTask;
        });
    }

    public void Dispose()
    {
        _recalls?.Dispose();
        _returns?.Dispose();
    }

    private async ValueTask RecalledAsync(Notice notice, CancellationToken cancellationToken)
    {
        if (Find(notice) is not { } slice || !await keeper.GiveBackAsync([slice], cancellationToken)) return;
        await bus.PublishAsync(SliceStore.ReturnedChannel, notice.Payload, cancellationToken);
    }

    private Slice? Find(Notice notice) => notice.Kind == NoticeKind.Published && SliceNames.Read(notice.Payload) is { } id ? keeper.Find(id) : null;
}
