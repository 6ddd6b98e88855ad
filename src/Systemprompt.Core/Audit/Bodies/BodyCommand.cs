using System.CommandLine;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Cli;

namespace Systemprompt.Audit.Bodies;

/// <summary><c>infra audit body</c>: what a call sent and was answered, if that is kept. Whoever looks is recorded before he sees anything.</summary>
internal static class BodyCommand
{
    private static readonly Argument<string> Id = new("id") { Description = "The call's id: what the answer said in x-audit-id." };

    public static void Map(CommandMap commands) =>
        commands.Map(
            "infra audit body", "Shows what a model call sent and was answered, where audit.bodies keeps it. That you looked is recorded.", "infra audit body 01981f2e-7a34-7c61-9d53-0a4f4be1c2d3",
            [Id], RunAsync);

    private static async Task<int> RunAsync(CliCall call, CancellationToken cancellationToken)
    {
        var id = AuditCommands.ReadId("id", call.Get(Id)!);
        var settings = call.Profile.Section<AuditSettings>().Bodies;
        var services = await call.ServicesAsync(cancellationToken);
        var body = await services.GetRequiredService<BodyStore>().FindAsync(id, cancellationToken)
            ?? throw new CliException($"no body of a call {id} is kept; audit.bodies in the profile says whether and how long, and of refused calls none is");
        var key = settings.Key is { } secret ? new BodyKey(secret, call.Profile.Tenant) : throw new CliException("audit.bodies.key is unset in this profile: the body cannot be opened");
        if (key.Id != body.KeyId) throw new CliException($"the body was sealed with another key ({body.KeyId}) than this profile's audit.bodies.key ({key.Id})");
        await RecordAsync(services, call, id, cancellationToken);
        Show(call.Output, new ShownBody(id, body.At, Part(key, call.Profile.Tenant, id, "request", body.Request, body.RequestBytes), Part(key, call.Profile.Tenant, id, "answer", body.Answer, body.AnswerBytes)));
        return 0;
    }

    private static async Task RecordAsync(IServiceProvider services, CliCall call, Guid id, CancellationToken cancellationToken)
    {
        var now = call.Composition.Clock.GetUtcNow();
        var service = services.GetRequiredService<AuditService>();
        await service.StartAsync(cancellationToken);
        try
        {
            await services.GetRequiredService<IAuditLog>().CommitAsync(
                new BodyAccessRow { Id = Guid.CreateVersion7(now), At = now, Tenant = call.Profile.Tenant, RequestId = id, Host = Environment.MachineName, Actor = Environment.UserName }, cancellationToken);
        }
        catch (AuditUnavailableException exception)
        {
            throw new CliException($"that you look could not be recorded, so nothing is shown: {exception.Message}");
        }
        finally
        {
            await service.StopAsync(CancellationToken.None);
        }
    }

    private static ShownPart Part(BodyKey key, string tenant, Guid id, string part, byte[] sealedBody, long bytes)
    {
        var plain = key.Open(sealedBody, BodyKeeper.PlaceOf(tenant, id, part)) ?? throw new CliException($"the {part} of {id} is not as it was sealed: somebody altered it, or put another's in its place");
        return new ShownPart(bytes, plain.Length, plain.Length < bytes, Encoding.UTF8.GetString(plain));
    }

    private static void Show(CliOutput output, ShownBody body)
    {
        if (output.IsJson)
        {
            output.Document(body);
            return;
        }

        foreach (var (name, part) in new[] { ("request", body.Request), ("answer", body.Answer) })
        {
            output.Line($"{name}, {part.Bytes} bytes{(part.Cut ? $", of which {part.Kept} are kept" : "")}:");
            foreach (var line in part.Text.Split('\n')) output.Line(CliOutput.Visible(line));
        }
    }
}

/// <summary>The bodies of a call as the command prints them.</summary>
internal sealed record ShownBody(Guid Id, DateTimeOffset At, ShownPart Request, ShownPart Answer);

/// <summary>One of them: how long it was, how much is kept, whether that is less, and the text.</summary>
internal sealed record ShownPart(long Bytes, int Kept, bool Cut, string Text);
