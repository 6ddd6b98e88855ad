using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Governance.Hooks;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Governance;

/// <summary>The hook door. It answers its refusals itself (<see cref="ErrorShape.Own"/>).</summary>
internal static class GovernanceEndpoints
{
    public static void Map(RouteMap routes) =>
        routes.For(Tier.User, Tier.Admin, Tier.Mcp, Tier.A2A, Tier.Service).MapGroup("/api/v1/hooks").WithMetadata(ErrorShape.Own, RecordedElsewhere.Other)
            .MapPost("/govern", (RequestDelegate)(static context => context.RequestServices.GetRequiredService<HookHandler>().HandleAsync(context)));
}
