using Microsoft.AspNetCore.Http;
using Systemprompt.Audit;
using Systemprompt.Extensions;
using Systemprompt.Governance;
using Systemprompt.Hosting;
using Systemprompt.Http.Bodies;
using Systemprompt.Profiles;

namespace Systemprompt.Ai;

/// <summary>
/// <c>POST /v1/messages/count_tokens</c>. What is to be counted leaves the house, so the policies judge it as they judge a call; the verdict has its row
/// before anything leaves. Counting is free, so there is nothing to price. Only a provider of Anthropic's protocol counts: no guess is better than a
/// wrong one, and clients fall back to counting by themselves.
/// </summary>
internal sealed class CountTokensHandler(
    ModelRouter router,
    RouteSelectors selectors,
    UpstreamSender sender,
    IPolicyEngine policies,
    IAuditLog audit,
    DoorRecords records,
    AiSettings settings,
    BodyBudget budget,
    Readiness readiness,
    Profile profile,
    TimeProvider clock)
{
    private static readonly MessagesTarget Target = new();

    public async Task HandleAsync(HttpContext context)
    {
        var call = new ModelCall(context, GatewayDoor.Messages, audit, clock, profile.Tenant);
        using var body = new PooledBody(settings.MaxRequestBody.Bytes, budget);
        call.Body = body;
        using var timer = new CallTimer(clock, context.RequestAborted, readiness.DrainDeadline);
        try
        {
            await RequestBodyReader.ReadAsync(context.Request, body, settings.MaxRequestBody.Bytes, timer.Token);
            await RecordAsync(call, timer);
            await CountAsync(call, timer);
        }
        catch (Exception exception) when (Explain(call, timer, exception) is { } fault)
        {
            if (!context.Response.HasStarted) await call.Door.Errors.WriteAsync(context, fault, context.Response.Headers["x-audit-id"].ToString() is { Length: > 0 } id ? id : call.IdText);
        }
        catch (OperationCanceledException) when (timer.Cause == CutCause.Client)
        {
            // The client has left.
        }
    }

    /// <summary>Reads, routes and judges, and commits the verdict.</summary>
    private async ValueTask RecordAsync(ModelCall call, CallTimer timer)
    {
        var fault = CallIntake.Understand(call, router, out var plan) ?? await ChooseAsync(call, plan!, timer.Token);
        var outcome = PolicyOutcome.Pass;
        if (fault is null)
        {
            var decision = await policies.EvaluateAsync(CallIntake.Question(call), timer.Token);
            outcome = decision.Outcome;
            if (decision.Content is { } content) call.GoOnWith(content);
            if (!decision.Allowed) fault = GatewayFault.Refused(decision);
            await records.CommitAsync(call.Context, outcome, decision.Policy, decision.Reason, call.Head.Model, decision.Trace);
        }
        else
        {
            await records.CommitAsync(call.Context, outcome, model: call.Head.Model);
        }

        if (fault is not null) throw new GatewayException(fault);
    }

    /// <summary>Takes the first of the ways that leads to who counts.</summary>
    private async ValueTask<GatewayFault?> ChooseAsync(ModelCall call, RoutePlan plan, CancellationToken cancellationToken)
    {
        if (plan.Selector is not null) plan = await selectors.AskAsync(call, plan, cancellationToken);
        if (plan.Targets.FirstOrDefault(target => target.Provider.Settings.Wire == Wire.Anthropic) is not { Provider: not null } target)
            return GatewayFault.NotSupported($"count_tokens is not supported: provider {plan.Targets[0].Provider.Name} does not speak Anthropic's protocol");
        call.Take(plan with { Targets = [target] });
        return null;
    }

    private async Task CountAsync(ModelCall call, CallTimer timer)
    {
        using var response = await sender.SendAsync(call, timer, () => PassedRequest.Make(call, Target, null, "/count_tokens"));
        await using var stream = await response.Content.ReadAsStreamAsync(timer.Token);
        var upstream = new UpstreamBody(call, timer, settings.MaxResponseBody.Bytes);
        using var body = await upstream.ReadAsync(stream, response.Content.Headers.ContentLength);
        using var plain = await upstream.DecompressAsync(response.Text("content-encoding"), body);
        var answer = ProviderKeys.Without((plain ?? body).Memory, call.ProviderKey);
        call.Begin(response, decoded: plain is not null);
        call.Context.Response.ContentLength = answer.Length;
        await timer.AwaitClientAsync(call.Context.Response.BodyWriter.WriteAsync(answer, call.Context.RequestAborted), call.Context);
    }

    private static GatewayFault? Explain(ModelCall call, CallTimer timer, Exception exception) => exception switch
    {
        _ when timer.Cause == CutCause.Client => null,
        GatewayException known => known.Fault,
        BodyBudgetException full => GatewayFault.Overloaded(full.Message),
        AuditUnavailableException => GatewayFault.AuditAway(),
        OperationCanceledException when timer.Cause == CutCause.Shutdown => GatewayFault.Stopping(),
        OperationCanceledException when timer.Cause == CutCause.Timeout => GatewayFault.TimedOut(call.Provider!.Name, "begin its answer"),
        _ => null,
    };
}
