using Systemprompt.Budgets;
using Systemprompt.Extensions;

namespace Systemprompt.Ai;

/// <summary>A model call and its budgets: what is reserved before it, why it is refused, and what counts when it ends.</summary>
internal sealed class CallBudget(IBudgetGate gate, BudgetsSettings settings, TimeProvider clock)
{
    /// <summary>What providers add to the input where tools are offered, at most: how tools are used, in their own words.</summary>
    private const int ToolWords = 2048;

    /// <summary>What is reserved for what a search finds in what the provider has kept of the web, which Codex offers in every call. A search may find more.</summary>
    private const int KeptPages = 32_768;

    private static readonly TimeSpan Near = TimeSpan.FromMinutes(1);

    /// <summary>Reserves what the call may take at most; null when it may be made, else what to answer. The answer's headers say what is left.</summary>
    public async ValueTask<GatewayFault?> ReserveAsync(ModelCall call, CancellationToken cancellationToken)
    {
        if (!gate.HasBudgets) return null;
        var usage = Most(call);
        var others = call.Plan!.OtherModels(call.Head.Model!);
        var request = new BudgetRequest(call.Principal.Subject, KeyOf(call.Principal.TokenId), call.Head.Model!, usage.Input + usage.Output, CostOf(call, usage))
        {
            NamedMicrodollars = others.Count == 0 ? null : CostOf(call, usage, call.Head.Model),
            OtherModels = others.Count == 0 ? [] : CostsOf(call, usage, others),
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
        var passes = Passes(call);
        if ((passes && call.Head.HasUnseenInput) || UnseenInput.IsPointedAt(call.Body!.Span, call.Door.Spoken)) return settings.LargestInput;
        var added = (call.Head.HasTools ? ToolWords : 0) + (passes && call.Head.HasKeptSearch ? KeptPages : 0);
        return Math.Min((call.RequestBytes / 2) + 1 + added, settings.LargestInput);
    }

    /// <summary>
    /// Whether a provider may be asked in the client's own protocol. Another one is asked for nothing that is kept or run at a provider: converting the call refuses that,
    /// or leaves it out.
    /// </summary>
    private static bool Passes(ModelCall call)
    {
        foreach (var target in call.Plan!.Targets)
            if (target.Provider.Settings.Wire == call.Door.Wire) return true;
        return false;
    }

    /// <summary>What the call itself allows, for each of its answers.</summary>
    private long MostOutput(ModelCall call) =>
        (long)Int128.Clamp((Int128)(call.Head.MostTokens ?? AssumedOutput(call)) * call.Head.Choices, 0, BudgetRules.Largest);

    /// <summary>What a call that names no limit is taken to come to: no less than Anthropic's protocol, which demands one, is given for it when the client speaks another.</summary>
    private long AssumedOutput(ModelCall call)
    {
        long most = settings.AssumedOutput;
        if (call.Door.Wire == Wire.Anthropic) return most;
        foreach (var target in call.Plan!.Targets)
            if (target.Provider.Settings.Wire == Wire.Anthropic) most = Math.Max(most, MessagesRequestWriter.MostAsked(target.Model));
        return most;
    }

    /// <summary>At the highest price that a provider of its route can take; null when one has no price that is known.</summary>
    /// <param name="call">The call.</param>
    /// <param name="most">What it takes at most.</param>
    /// <param name="model">Only where this is asked for; null for all of its route. Null is the answer too when it is asked for nowhere.</param>
    private static long? CostOf(ModelCall call, TokenUsage most, string? model = null)
    {
        long? highest = null;
        foreach (var target in call.Plan!.Targets)
        {
            if (model is not null && target.Model != model) continue;
            if (target.Provider.Prices.Find(target.Model) is not { } price) return null;
            highest = Math.Max(highest ?? 0, Dearest(price, most));
        }

        return highest;
    }

    private static ModelCost[] CostsOf(ModelCall call, TokenUsage most, IReadOnlyList<string> models) => [.. models.Select(model => new ModelCost(model, CostOf(call, most, model)))];

    // All of the input may be written to the cache.
    private static long Dearest(ModelPrice price, TokenUsage most) =>
        Math.Max(price.CostOf(most), Math.Max(price.CostOf(most with { Input = 0, CacheWrite1h = most.Input }), price.CostOf(most with { Input = 0, CacheWrite5m = most.Input })));

    // Keys stand for themselves; the ids of tokens are as many as there are tokens.
    private static string? KeyOf(string tokenId) => tokenId.StartsWith("sp_", StringComparison.Ordinal) ? tokenId : null;
}
