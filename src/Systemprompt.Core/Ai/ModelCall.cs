using Microsoft.AspNetCore.Http;
using Systemprompt.Audit;
using Systemprompt.Budgets;
using Systemprompt.Governance;
using Systemprompt.Http.Bodies;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Ai;

/// <summary>
/// One model call on its way through: what is known of it, and its two rows. <see cref="OpenAsync"/> before anything leaves for a provider,
/// <see cref="SettleAsync"/> exactly once before the last byte leaves for the client.
/// </summary>
internal sealed class ModelCall(HttpContext context, GatewayDoor door, IAuditLog audit, TimeProvider clock, string tenant)
{
    private readonly DateTimeOffset _openedAt = clock.GetUtcNow();
    private readonly long _from = clock.GetTimestamp();
    private Guid _id;
    private long _firstByte = -1;
    private bool _settled;
    private string? _openedFor;
    private int _target;
    private long? _sent;

    /// <summary>Sent as <c>x-audit-id</c>, and as request id in errors. Holds the millisecond of <see cref="OpenedAt"/>.</summary>
    public Guid Id => _id == default ? _id = Guid.CreateVersion7(_openedAt) : _id;

    public string IdText => field ??= Id.ToString();

    public DateTimeOffset OpenedAt => _openedAt;

    public HttpContext Context => context;

    /// <summary>What the client speaks.</summary>
    public GatewayDoor Door => door;

    public Principal Principal { get; } = context.Principal();

    public RequestHead Head { get; set; }

    /// <summary>What it counts for; null when nobody said.</summary>
    public string? Project { get; set; }

    /// <summary>Where it may go, in order.</summary>
    public RoutePlan? Plan { get; private set; }

    /// <summary>Whom it goes to, or went to last.</summary>
    public Provider? Provider { get; private set; }

    /// <summary>What that provider is asked for.</summary>
    public string? UpstreamModel { get; private set; }

    /// <summary>That provider's key as it was when the call came to it.</summary>
    public string ProviderKey { get; private set; } = "";

    /// <summary>How often a provider was asked.</summary>
    public int Attempts { get; set; }

    /// <summary>True while another provider can still be asked.</summary>
    public bool HasAlternative => Plan is { } plan && _target + 1 < plan.Targets.Count && !context.Response.HasStarted;

    /// <summary>What the client sent; empty once it was let go.</summary>
    public PooledBody? Body { get; set; }

    /// <summary>True when the body is wanted to the end of the call.</summary>
    public bool KeepsBody { get; init; }

    public long RequestBytes => _sent ?? Body?.Length ?? 0;

    public PolicyDecision? Decision { get; set; }

    /// <summary>Who reads the answer before it leaves; null when nobody wants to.</summary>
    public AnswerScan? Scan { get; set; }

    /// <summary>The client's session, as it is recorded; null when the client says none.</summary>
    public string? Session => SessionIds.FromHeaders(context.Request.Headers) ?? SessionIds.Recorded(Head.SessionId);

    /// <summary>What it has reserved of budgets.</summary>
    public BudgetReservation Reservation { get; set; } = BudgetReservation.None;

    /// <summary>True once the opened row is committed: from here on the call must be settled, whatever happens.</summary>
    public bool IsOpen { get; private set; }

    public bool IsSettled => _settled;

    /// <summary>True once the request may have reached the provider: from here on unknown usage is unknown cost.</summary>
    public bool ReachedProvider { get; set; }

    /// <summary>True once an attempt at the provider broke off after it may have begun its work: it may have been charged, whatever becomes of the next one.</summary>
    public bool MayOwe { get; set; }

    public int? UpstreamStatus { get; set; }

    public string? UpstreamRequestId { get; set; }

    public string? StopReason { get; set; }

    public TokenUsage Usage { get; set; }

    public bool UsageKnown { get; set; }

    public bool UsageEstimated { get; set; }

    /// <summary>True when the provider charged by a list that is not ours.</summary>
    public bool PricedElsewhere { get; set; }

    public long ResponseBytes { get; set; }

    /// <summary>Takes the way it shall go, which leads somewhere.</summary>
    public void Take(RoutePlan plan)
    {
        Plan = plan;
        Go(0);
    }

    /// <summary>Goes on with another body, which a policy made of the one received.</summary>
    /// <exception cref="InvalidOperationException">It is another call.</exception>
    public void GoOnWith(ReadOnlyMemory<byte> content)
    {
        var fault = RequestHeadReader.Read(content.Span, door.Fields, out var head);
        if (fault is not null || head.Model != Head.Model || head.Stream != Head.Stream) throw new InvalidOperationException($"a policy made another call of this one: {fault ?? "model or stream differ"}");
        Body!.Replace(content.Span);
        Head = head;
    }

    /// <summary>Gives the body's memory back before the end of the call, once a provider has all of it: a long answer shall not hold a long question.</summary>
    public void LetGoOfBody()
    {
        if (KeepsBody) return;
        _sent = RequestBytes;
        Body!.Dispose();
    }

    /// <summary>Goes on to the next provider.</summary>
    public void Pass()
    {
        // What it may owe the one that is passed, it may still owe when the next one fails too.
        (ReachedProvider, UpstreamStatus, UpstreamRequestId) = (false, null, null);
        Go(_target + 1);
    }

    /// <summary>What there is to tell of the provider that it is leaving.</summary>
    public PassedTarget Leave(GatewayFault fault) => new(_target, fault, UpstreamStatus, UpstreamRequestId);

    /// <summary>Goes back to a provider that it has passed, to end in what was wrong there.</summary>
    public void GoBack(PassedTarget to)
    {
        Go(to.Place);
        (UpstreamStatus, UpstreamRequestId) = (to.UpstreamStatus, to.UpstreamRequestId);
    }

    /// <summary>Takes a provider without a way to it, for the row of a refusal.</summary>
    public void Blame(Provider? provider) => Provider = provider;

    private void Go(int target)
    {
        _target = target;
        (Provider, UpstreamModel) = Plan!.Targets[target];
        ProviderKey = Provider.Key ?? "";
    }

    /// <summary>Notes that the answer has begun.</summary>
    public void SeeFirstByte()
    {
        if (_firstByte < 0) _firstByte = clock.GetElapsedTime(_from).Ticks / TimeSpan.TicksPerMicrosecond;
    }

    /// <summary>Notes how a converted answer ended.</summary>
    public void Note(ChatEnd end)
    {
        StopReason = MessagesWords.Stop(end.Stop);
        Note(end.Usage);
    }

    /// <summary>Notes what a converted answer came to, as far as the provider said; null leaves it unknown.</summary>
    public void Note(TokenUsage? usage)
    {
        Usage = usage ?? default;
        UsageKnown = usage is not null;
    }

    /// <summary>Commits the opened row.</summary>
    /// <exception cref="AuditUnavailableException">It could not be committed: the call must be refused.</exception>
    public async ValueTask OpenAsync()
    {
        await audit.CommitAsync(Opened(), CancellationToken.None);
        IsOpen = true;
    }

    /// <summary>Commits how the call ended. Only the first end counts. Not cancellable: a client that goes away does not take its row along.</summary>
    /// <exception cref="AuditUnavailableException">Not committed in time; the row is kept and retried, and the answer must not end as if it were.</exception>
    public ValueTask SettleAsync(CallStatus status, string? error = null, int? httpStatus = null)
    {
        if (_settled) return ValueTask.CompletedTask;
        _settled = true;
        var row = Settled(status, error, httpStatus ?? (context.Response.HasStarted ? context.Response.StatusCode : null));
        CallBudget.End(Reservation, row, Head.Model);
        return audit.CommitAsync(row, CancellationToken.None);
    }

    /// <summary>Commits a call that went nowhere, opened and settled together.</summary>
    /// <exception cref="AuditUnavailableException">Not committed in time.</exception>
    public ValueTask SettleUnopenedAsync(CallStatus status, int httpStatus, string error)
    {
        _settled = true;
        return audit.CommitAsync(Opened(), Settled(status, error, httpStatus), CancellationToken.None);
    }

    private OpenedRow Opened()
    {
        var session = Session;
        if (session is not null) context.Features.Set(new ClientActivity(session, IsToolCall: false));
        _openedFor = Provider?.Name;
        return Opened(session);
    }

    private OpenedRow Opened(string? session) => new()
    {
        Id = Id,
        OpenedAt = OpenedAt,
        Tenant = tenant,
        Principal = Principal,
        TraceId = context.TraceId(),
        SessionId = session,
        Client = RecordedText.Of(context.Request.Headers.UserAgent.ToString()) is { Length: > 0 } agent ? agent : null,
        ClientAddress = context.Connection.RemoteIpAddress?.ToString(),
        Provider = Provider?.Name,
        Head = Head with { Model = RecordedText.Of(Head.Model) },
        RequestBytes = RequestBytes,
        Decision = Decision,
        BudgetReplica = Reservation.Replica,
        Budgets = Reservation.ToJson(),
        Tools = Head is { Model: not null, IsWellFormed: true } ? ToolRuns.Newest(Body!.Span, Head.LastParts) : null,
        Project = Project,
    };

    private SettledRow Settled(CallStatus status, string? error, int? httpStatus)
    {
        var row = Row(status, error, httpStatus);
        AiMetrics.Settled(this, row);
        return row;
    }

    private SettledRow Row(CallStatus status, string? error, int? httpStatus) => new()
    {
        Id = Id,
        OpenedAt = OpenedAt,
        CompletedAt = OpenedAt + clock.GetElapsedTime(_from),
        Status = status,
        HttpStatus = httpStatus,
        UpstreamStatus = UpstreamStatus,
        Error = error,
        StopReason = StopReason,
        Usage = Usage,
        UsageUnknown = (ReachedProvider || MayOwe) && !UsageKnown,
        UsageEstimated = UsageEstimated,
        Cost = Cost(),
        ResponseBytes = ResponseBytes,
        FirstByteMicroseconds = _firstByte < 0 ? null : _firstByte,
        UpstreamRequestId = UpstreamRequestId,
        Provider = Provider?.Name == _openedFor ? null : Provider?.Name,
        UpstreamModel = UpstreamModel == Head.Model ? null : UpstreamModel,
        Attempts = Attempts,
        Route = Plan?.Route,
        RouteReason = Plan?.Reason,
        Findings = Scan?.Findings ?? [],
    };

    private long? Cost()
    {
        if (!ReachedProvider && !MayOwe) return 0;
        return UsageKnown && !PricedElsewhere ? Provider?.Prices.Find(UpstreamModel)?.CostOf(Usage) : null;
    }
}
