using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Systemprompt.Audit;
using Systemprompt.Extensions;
using Systemprompt.Governance;
using Systemprompt.Http;
using Systemprompt.Profiles;
using Systemprompt.Secrets;
using Systemprompt.Security;

namespace Systemprompt.Ai;

/// <summary><c>GET /v1/models</c>, in one shape that holds Anthropic's and OpenAI's. Each answer has its row, like any on <c>/v1</c>.</summary>
internal sealed class ModelsHandler(ModelRouter router, IModelPermissions permissions, ILive<GovernanceSettings> governance, DoorRecords records)
{
    private const int DefaultLimit = 20;
    private const int LargestLimit = 1000;

    /// <summary>A page of models: <c>limit</c> (at most 1000), <c>after_id</c>, <c>before_id</c>. Anthropic's clients get 20 unless they ask; OpenAI's know no pages and get all.</summary>
    public async Task ListAsync(HttpContext context)
    {
        if (!await RecordAsync(context, null)) return;
        var query = context.Request.Query;
        var limit = context.Request.Headers.ContainsKey("anthropic-version") ? DefaultLimit : LargestLimit;
        if (query.TryGetValue("limit", out var asked) && (!int.TryParse(asked, out limit) || limit is < 1 or > LargestLimit))
        {
            await GatewayDoor.Messages.Errors.WriteAsync(context, GatewayFault.Invalid($"limit: must be a number from 1 to {LargestLimit}"), IdOf(context));
            return;
        }

        var models = OpenTo(context.Principal());
        var (after, before) = (Cursor(models, query, "after_id"), Cursor(models, query, "before_id"));
        if (after < 0 || before < 0)
        {
            // The first page again would send a client round in circles.
            var name = after < 0 ? "after_id" : "before_id";
            await GatewayDoor.Messages.Errors.WriteAsync(context, GatewayFault.Invalid($"{name}: is no model of this list"), IdOf(context));
            return;
        }

        var (from, to, more) = Page(models, after, before, limit);
        await SendAsync(context, json => WriteList(json, models.AsSpan(from, to - from), more));
    }

    public async Task FindAsync(HttpContext context)
    {
        var id = AskedFor(context);
        if (id.Length == 0)
        {
            await NothingAsync(context);
            return;
        }

        if (!await RecordAsync(context, id)) return;
        var plan = router.Plan(id, tools: false, stream: false, bytes: 0);
        if (plan.Targets.Count == 0 || !IsOpen(context.Principal(), id, plan))
        {
            await GatewayDoor.Messages.Errors.WriteAsync(context, GatewayFault.UnknownModel(id, plan.Disabled), IdOf(context));
            return;
        }

        await SendAsync(context, json => WriteModel(json, id, KnownModels.Find(id)?.Name ?? id, plan.Targets[0].Provider.Name));
    }

    /// <summary>A path or method that this gateway does not have.</summary>
    public async Task NothingAsync(HttpContext context)
    {
        if (!await RecordAsync(context, null)) return;
        await GatewayDoor.Messages.Errors.WriteAsync(context, GatewayFault.Nothing(context.Request.Method, RecordedText.Of(context.Request.Path)!), IdOf(context));
    }

    // The server decodes a path but for %2F, as which OpenAI's clients send a slash in an id.
    private static string AskedFor(HttpContext context) =>
        (context.GetRouteValue("id") as string ?? "").TrimEnd('/').Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static (int From, int To, bool More) Page(CatalogModel[] models, int? after, int? before, int limit)
    {
        if (before is { } end)
        {
            var start = Math.Max(0, end - limit);
            return (start, end, start > 0);
        }

        var from = after + 1 ?? 0;
        var to = Math.Min(models.Length, from + limit);
        return (from, to, to < models.Length);
    }

    private static int? Cursor(CatalogModel[] models, IQueryCollection query, string name) =>
        query[name].ToString() is { Length: > 0 } id ? Array.FindIndex(models, model => model.Id == id) : null;

    /// <summary>Commits the row of an answer that is about to be given; on failure answers 503.</summary>
    private async Task<bool> RecordAsync(HttpContext context, string? model)
    {
        try
        {
            await records.CommitAsync(context, PolicyOutcome.Pass, model: model);
            return true;
        }
        catch (AuditUnavailableException)
        {
            await GatewayDoor.Messages.Errors.WriteAsync(context, GatewayFault.AuditAway(), context.TraceId());
            return false;
        }
    }

    // A provider whose key is a secret comes and goes with it.
    private CatalogModel[] OpenTo(Principal principal) => [.. router.Models.Where(model => model.Provider.IsEnabled && IsOpen(principal, model.Id, router.Plan(model.Id, tools: false, stream: false, bytes: 0)))];

    /// <summary>Whether policy <c>models</c> lets a plain call pass: it refuses a route's name too, for a model that the name stands for.</summary>
    private bool IsOpen(Principal principal, string model, RoutePlan plan)
    {
        if (governance.Value.Modes.GetValueOrDefault("models") == PolicyMode.Observe) return true;
        if (!permissions.MayUse(principal, model)) return false;
        var others = plan.OtherModels(model);
        // A selector may leave out what is closed.
        return plan.Selector is null ? others.All(other => permissions.MayUse(principal, other)) : plan.Targets.Any(target => target.Model == model || permissions.MayUse(principal, target.Model));
    }

    private static string IdOf(HttpContext context) => context.Response.Headers["x-audit-id"].ToString();

    private static async Task SendAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer)) write(json);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }

    private static void WriteList(Utf8JsonWriter json, ReadOnlySpan<CatalogModel> models, bool more)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (var model in models) WriteModel(json, model.Id, model.DisplayName, model.Provider.Name);
        json.WriteEndArray();
        json.WriteBoolean("has_more"u8, more);
        json.WriteString("first_id"u8, models.IsEmpty ? null : models[0].Id);
        json.WriteString("last_id"u8, models.IsEmpty ? null : models[^1].Id);
        json.WriteEndObject();
    }

    // created_at: Anthropic's reference allows the epoch where a release date is not known.
    private static void WriteModel(Utf8JsonWriter json, string id, string name, string provider)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "model"u8);
        json.WriteString("id"u8, id);
        json.WriteString("display_name"u8, name);
        json.WriteString("created_at"u8, "1970-01-01T00:00:00Z"u8);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, 0);
        json.WriteString("owned_by"u8, provider);
        json.WriteEndObject();
    }
}

/// <summary>Tells the rules of models what the routes make of a name.</summary>
internal sealed class ModelStandIns(ModelRouter router, ISecretReader secrets) : IModelStandIns
{
    // Without its key a provider is disabled, and its target left out.
    public Task ReadAsync(CancellationToken cancellationToken) => secrets.ReadAsync(cancellationToken);

    public IReadOnlyList<string> Of(string model)
    {
        var plan = router.Plan(model, tools: false, stream: false, bytes: 0);
        // A selector may leave any of them out; 'gateway routes test' asks it.
        return plan.Selector is null ? plan.OtherModels(model) : [];
    }
}
