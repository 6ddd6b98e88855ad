using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Systemprompt.Audit;
using Systemprompt.Audit.Bodies;
using Systemprompt.Governance;
using Systemprompt.Hosting;
using Systemprompt.Http.Bodies;
using Systemprompt.Profiles;

namespace Systemprompt.Ai;

/// <summary>
/// A model call through any door: read, judge, open, answer, settle. Whatever happens on the way, an opened call gets one end, and no answer
/// leaves in full before its rows are committed.
/// </summary>
internal sealed partial class ModelCallHandler(
    ModelRouter router,
    RouteSelectors selectors,
    ProviderGates gates,
    WireSet wires,
    IPolicyEngine policies,
    CallBudget budgets,
    IAuditLog audit,
    BodyKeeper bodies,
    AiSettings settings,
    BodyBudget budget,
    Readiness readiness,
    Profile profile,
    TimeProvider clock,
    ILogger<ModelCallHandler> logger)
{
    public async Task HandleAsync(HttpContext context, GatewayDoor door)
    {
        var call = new ModelCall(context, door, audit, clock, profile.Tenant) { KeepsBody = bodies.IsOn };
        using var body = new PooledBody(settings.MaxRequestBody.Bytes, budget);
        call.Body = body;
        context.Response.Headers["x-audit-id"] = call.IdText;
        using var timer = new CallTimer(clock, context.RequestAborted, readiness.DrainDeadline);
        using var copy = Copy(context);
        try
        {
            await RequestBodyReader.ReadAsync(context.Request, body, settings.MaxRequestBody.Bytes, timer.Token);
            Understand(call);
            if (call.Plan!.Selector is not null) call.Take(await selectors.AskAsync(call, call.Plan, timer.Token));
            if (await JudgeAsync(call, timer)) await AnswerAsync(call, timer);
        }
        catch (Exception exception)
        {
            await EndAsync(call, timer, exception);
        }
        finally
        {
            // Of a call that was neither opened nor settled.
            call.Reservation.Release();
            // What policies refused may be what must not be kept.
            if (copy is not null && call.IsOpen) bodies.Keep(call.Id, call.OpenedAt, body.Span, copy.Kept, copy.Total);
        }
    }

    /// <summary>A copy of what goes to the client, when bodies are kept.</summary>
    private AnswerCopy? Copy(HttpContext context)
    {
        if (!bodies.IsOn) return null;
        var copy = new AnswerCopy(context.Features.GetRequiredFeature<IHttpResponseBodyFeature>(), bodies.MaxBytes);
        context.Features.Set<IHttpResponseBodyFeature>(copy);
        return copy;
    }

    /// <summary>Reads the request and finds its provider.</summary>
    private void Understand(ModelCall call)
    {
        var wrong = ProjectTag.Read(call.Context.Request.Headers, settings.ProjectHeaders, call.Principal, out var project);
        call.Project = project;
        var fault = CallIntake.Understand(call, router, out var plan) ?? (wrong is null ? null : GatewayFault.Invalid(wrong));
        if (fault is not null) throw new GatewayException(fault);
        call.Take(plan!);
    }

    /// <summary>Asks the policies, then the budgets. A refusal is committed and answered here.</summary>
    private async ValueTask<bool> JudgeAsync(ModelCall call, CallTimer timer)
    {
        var asked = CallIntake.Question(call);
        var decision = await policies.EvaluateAsync(asked, timer.Token);
        call.Decision = decision;
        if (decision.Content is { } content)
        {
            call.GoOnWith(content);
            // The body that was judged is gone, perhaps to another call.
            asked = asked.With(call.Body!.Memory);
        }

        if (decision.Allowed && policies.Watch(asked) is { } guard) call.Scan = new AnswerScan(guard);
        var fault = decision.Allowed ? await budgets.ReserveAsync(call, timer.Token) : GatewayFault.Refused(decision);
        if (fault is null) return true;
        await call.SettleUnopenedAsync(CallStatus.Refused, call.Door.Errors.StatusOf(fault), fault.Code);
        await RefuseAsync(call, fault);
        return false;
    }

    private async Task AnswerAsync(ModelCall call, CallTimer timer)
    {
        await call.OpenAsync();
        timer.Token.ThrowIfCancellationRequested();
        using var span = AiMetrics.Source.Child("chat", ActivityKind.Client);
        if (span is not null) span.DisplayName = $"chat {AiMetrics.ModelLabel(call)}";
        try
        {
            PassedTarget? kept = null;
            while (await TryAsync(call, timer, kept) is { } passed)
            {
                kept = PassedTarget.Choose(kept, passed);
                call.Pass();
            }
        }
        catch (Exception exception)
        {
            span.Failed(exception is GatewayException { Fault.Code: var code } ? code : "interrupted");
            throw;
        }
        finally
        {
            AiMetrics.Describe(span, call);
        }
    }

    /// <summary>Has one provider answer.</summary>
    /// <param name="call">The call.</param>
    /// <param name="timer">Its time.</param>
    /// <param name="kept">What the call ends in when this is the last provider and cannot even be asked; null when its own fault is all there is.</param>
    /// <returns>What was wrong when the next provider is to be asked; null when this one has answered.</returns>
    private async Task<PassedTarget?> TryAsync(ModelCall call, CallTimer timer, PassedTarget? kept)
    {
        var provider = call.Provider!;
        using var place = gates.For(provider).Enter();
        try
        {
            if (place is null) throw new GatewayException(GatewayFault.Busy(provider.Name));
            await wires.For(provider, call.Door).AnswerAsync(call, timer);
            return null;
        }
        catch (ProviderPassedException passed)
        {
            Passed(logger, call.Id, provider.Name, passed.Fault.Code, passed.Fault.Message);
            return call.Leave(passed.Fault);
        }
        catch (GatewayException exception) when (exception.Fault.Code is ("provider_busy" or "not_converted") && (call.HasAlternative || kept is not null))
        {
            if (call.HasAlternative)
            {
                Passed(logger, call.Id, provider.Name, exception.Fault.Code, exception.Fault.Message);
                return call.Leave(exception.Fault);
            }

            call.GoBack(kept!);
            WentBack(logger, call.Id, call.Provider!.Name, kept!.Fault.Code, provider.Name, exception.Fault.Code, exception.Fault.Message);
            throw new GatewayException(kept.Fault, exception);
        }
    }

    /// <summary>Gives a call that ended in an exception its rows and, if the client is there, its answer.</summary>
    private async Task EndAsync(ModelCall call, CallTimer timer, Exception exception)
    {
        var (status, fault) = Explain(call, timer, exception);
        if (fault?.Code == "internal") CallFailed(logger, call.Id, exception);
        try
        {
            // A client that left before its call was opened left nothing to account for.
            if (!call.IsSettled && call.IsOpen) await call.SettleAsync(status, fault?.Code ?? "client_closed", fault is null ? null : call.Door.Errors.StatusOf(fault));
            else if (!call.IsSettled && fault is not null && exception is not AuditUnavailableException) await call.SettleUnopenedAsync(status, call.Door.Errors.StatusOf(fault), fault.Code);
        }
        catch (AuditUnavailableException)
        {
            fault = GatewayFault.AuditAway();
        }

        if (fault is null) return;
        if (call.Context.Response.HasStarted) call.Context.Abort();
        else await RefuseAsync(call, fault);
    }

    private static Task RefuseAsync(ModelCall call, GatewayFault fault)
    {
        call.Context.Response.Headers[call.Door.RequestIdHeader] = call.IdText;
        return call.Door.Errors.WriteAsync(call.Context, fault, call.IdText);
    }

    private static (CallStatus Status, GatewayFault? Fault) Explain(ModelCall call, CallTimer timer, Exception exception) => exception switch
    {
        _ when timer.Cause == CutCause.Client => (CallStatus.Aborted, null),
        GatewayException { Fault.Code: "answer_refused" } refused => (CallStatus.Refused, refused.Fault),
        GatewayException known => (CallStatus.Failed, known.Fault),
        BodyBudgetException full => (CallStatus.Failed, GatewayFault.Overloaded(full.Message)),
        AuditUnavailableException => (CallStatus.Failed, GatewayFault.AuditAway()),
        OperationCanceledException or IOException when timer.Cause == CutCause.Shutdown => (CallStatus.Interrupted, GatewayFault.Stopping()),
        OperationCanceledException when timer.Cause == CutCause.Timeout => (CallStatus.Failed, GatewayFault.TimedOut(call.Provider!.Name, "begin its answer")),
        _ => (CallStatus.Failed, GatewayFault.Internal()),
    };

    [LoggerMessage(2104, LogLevel.Warning, "Model call {Call} goes on from provider {Provider} to the next of its route: {Code}, {Reason}")]
    private static partial void Passed(ILogger logger, Guid call, string provider, string code, string reason);

    [LoggerMessage(2110, LogLevel.Warning, "Model call {Call} ends in what was wrong at provider {Provider}, {Code}: the last of its route, {Last}, was not asked: {LastCode}, {Reason}")]
    private static partial void WentBack(ILogger logger, Guid call, string provider, string code, string last, string lastCode, string reason);

    [LoggerMessage(2101, LogLevel.Error, "Model call {Call} failed inside the gateway")]
    private static partial void CallFailed(ILogger logger, Guid call, Exception exception);
}
