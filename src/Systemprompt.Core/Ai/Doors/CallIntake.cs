using Systemprompt.Extensions;

namespace Systemprompt.Ai;

/// <summary>What every door does with a request that has been read: understand it, and put it to the policies.</summary>
internal static class CallIntake
{
    /// <summary>Reads the request's head and finds the ways it may go, at least one.</summary>
    /// <returns>What is wrong with the request; null when nothing is.</returns>
    public static GatewayFault? Understand(ModelCall call, ModelRouter router, out RoutePlan? plan)
    {
        plan = null;
        var wrong = RequestHeadReader.Read(call.Body!.Span, call.Door.Fields, out var head);
        call.Head = head;
        if (wrong is not null) return GatewayFault.Invalid(wrong);
        if (string.IsNullOrEmpty(head.Model)) return GatewayFault.NoModel();
        plan = router.Plan(head.Model, head.HasTools, head.Stream, call.RequestBytes);
        call.Blame(plan.Disabled);
        return plan.Targets.Count == 0 ? GatewayFault.UnknownModel(head.Model, plan.Disabled) : null;
    }

    /// <summary>What the policies are asked.</summary>
    public static PolicyCall Question(ModelCall call) => new()
    {
        Id = call.Id,
        Door = PolicyDoor.Model,
        Principal = call.Principal,
        ReceivedAt = call.OpenedAt,
        Model = call.Head.Model,
        UpstreamModels = call.Plan!.OtherModels(call.Head.Model!),
        Content = call.Body!.Memory,
    };
}
