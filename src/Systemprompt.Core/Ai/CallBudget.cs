using Systemprompt.Budgets;
using Systemprompt.Extensions;

namespace Systemprompt.Ai;

/// <summary>A model call and its budgets: what is reserved before it, why it is refused, and what counts when it ends.</summary>
internal sealed class CallBudget(IBudgetGate gate, BudgetsSettings settings, TimeProvider clock)
{
    /// <summary>What providers add to the input where tools are offered, at most: how tools are used, in their own words.</summary>
    private const int ToolWords = 2048;

    private static readonly TimeSpan Near = TimeSpan.FromMinutes(1);

    /// <summary>Reserves what the call may take at most; null when it may be made, else what to answer. The answer's headers say what is left.</summary>
    public async ValueTask<GatewayFault?> ReserveAsync(ModelCall call, CancellationToken cancellationToken)
    {
        if (!gate.HasBudgets) return null;
        var usage = Most(call);
        var request = new BudgetRequest(call.Principal.Subject, KeyOf(call.Principal.TokenId), call.Head.Model!, usage.Input + usage.Output, CostOf(call, usage))
        {
            OtherModels = call.Plan!.OtherModels(call.Head.Model!),
        };
        var reservation = await gate.ReserveAsync(request, cancellationToken);
        call.Reservation = reservation;
        if (reservation.Parts.Count > 0)
            foreach (var (name, value) in reservation.Headers())
                call.Context.Response.Headers[name] = value;
        if (reservation.Refusal is not { } refusal) return null;
        call.Decision = call.Decision! with { Outcome = PolicyOutcome.Limit, Policy = "budget", Reason = refusal.Sentence };
        return refusal.Fault switch
        {
            BudgetFault.Exhausted => GatewayFault.OverBudget(refusal.Sentence, refusal.ResetsAt - clock.GetUtcNow() is var wait && wait <= Near ? wait : null),
            BudgetFault.PriceUnknown => GatewayFault.NoPrice(refusal.Sentence),
            _ => GatewayFault.BudgetsAway(refusal.Sentence),
        };
    }

    /// <summary>Ends a call's reservation by its settled row, as <see cref="RequestStore"/> would find it in the trail.</summary>
    /// <param name="reservation">What was reserved.</param>
    /// <param name="row">How the call ended.</param>
    /// <param name="named">The model that the client named; null when it named none.</param>
    public static void End(BudgetReservation reservation, SettledRow row, string? named)
    {
        if (reservation.Parts.Count == 0) return;
        var tokens = long.CreateSaturating((Int128)row.Usage.Prompt + row.Usage.Output);
        if (row.Status == CallStatus.Completed || row.UsageUnknown || tokens > 0) reservation.Settle(new BudgetUsage(row.UsageUnknown ? null : tokens, row.Cost) { Model = row.UpstreamModel ?? named });
        else reservation.Release();
    }

    private TokenUsage Most(ModelCall call) => new() { Input = MostInput(call), Output = MostOutput(call) };

    /// <summary>
    /// A token for every two bytes: texts, code and JSON have one for three or four, hex digits and base64 about one for two. What is denser still (scripts that a model
    /// hardly knows, large pictures in few bytes) comes to more than was reserved. Of input that is not in the body nobody knows how much there is.
    /// </summary>
    private long MostInput(ModelCall call)
    {
        if (call.Head.HasUnseenInput || UnseenInput.IsPointedAt(call.Body!.Span, call.Door.Spoken)) return settings.LargestInput;
        return Math.Min((call.RequestBytes / 2) + 1 + (call.Head.HasTools ? ToolWords : 0), settings.LargestInput);
    }

    /// <summary>What the call itself allows, for each of its answers.</summary>
    private long MostOutput(ModelCall call) =>
        (long)Int128.Clamp((Int128)(call.Head.MostTokens ?? settings.AssumedOutput) * call.Head.Choices, 0, BudgetRules.Largest);

    /// <summary>At the highest price that a provider of its route can take; null when one has no price that is known.</summary>
    private static long? CostOf(ModelCall call, TokenUsage most)
    {
        long highest = 0;
        foreach (var target in call.Plan!.Targets)
        {
            if (target.Provider.Prices.Find(target.Model) is not { } price) return null;
            highest = Math.Max(highest, Dearest(price, most));
        }

        return highest;
    }

    // All of the input may be written to the cache.
    private static long Dearest(ModelPrice price, TokenUsage most) =>
        Math.Max(price.CostOf(most), Math.Max(price.CostOf(most with { Input = 0, CacheWrite1h = most.Input }), price.CostOf(most with { Input = 0, CacheWrite5m = most.Input })));

    // Keys stand for themselves; the ids of tokens are as many as there are tokens.
    private static string? KeyOf(string tokenId) => tokenId.StartsWith("sp_", StringComparison.Ordinal) ? tokenId : null;
}
