using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Http;
using Systemprompt.Security;

namespace Systemprompt.Ai;

/// <summary>The gateway's routes. All under <c>/v1</c> want a token; the two probes of Claude Code do not.</summary>
internal static class AiEndpoints
{
    public static void Map(RouteMap routes)
    {
        var v1 = routes.For(Tier.User, Tier.Admin, Tier.Mcp, Tier.A2A, Tier.Service).MapGroup("/v1")
            .WithMetadata(ErrorShape.Anthropic, new RefusalRecorder(), RecordedElsewhere.Other);
        v1.MapPost("/messages", (RequestDelegate)(static context => CallAsync(context, GatewayDoor.Messages))).WithMetadata(RecordedElsewhere.ModelCall);
        v1.MapPost("/chat/completions", (RequestDelegate)(static context => CallAsync(context, GatewayDoor.Chat))).WithMetadata(ErrorShape.OpenAi, RecordedElsewhere.ModelCall);
        v1.MapPost("/responses", (RequestDelegate)(static context => CallAsync(context, GatewayDoor.Responses))).WithMetadata(ErrorShape.OpenAi, RecordedElsewhere.ModelCall);
        v1.MapPost("/messages/count_tokens", (RequestDelegate)(static context => context.RequestServices.GetRequiredService<CountTokensHandler>().HandleAsync(context)));
        v1.MapGet("/models", (RequestDelegate)(static context => Models(context).ListAsync(context)));
        // An id can hold slashes, such as openai/gpt-oss-120b.
        v1.MapGet("/models/{**id}", (RequestDelegate)(static context => Models(context).FindAsync(context)));
        // Whatever else is asked for here has its row too.
        v1.Map("/{**path}", (RequestDelegate)(static context => Models(context).NothingAsync(context)));
        // Claude Code asks whether anybody is there. A page at / has a GET route of its own, which these do not shadow.
        var probes = routes.Public().WithOrder(int.MaxValue);
        probes.MapMethods("/", [HttpMethods.Head], (RequestDelegate)Hello);
        probes.MapMethods("/api/hello", [HttpMethods.Head], (RequestDelegate)Hello);
    }

    private static Task CallAsync(HttpContext context, GatewayDoor door) => context.RequestServices.GetRequiredService<ModelCallHandler>().HandleAsync(context, door);

    private static ModelsHandler Models(HttpContext context) => context.RequestServices.GetRequiredService<ModelsHandler>();

    private static Task Hello(HttpContext context) => Task.CompletedTask;
}
