using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Ai;
using Systemprompt.Audit;
using Systemprompt.Cli;
using Systemprompt.Database.Migrations;
using Systemprompt.Extensions;
using Systemprompt.Governance;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests.Audit;

/// <summary>A migrated database whose audit trail is being written, and the command line on it.</summary>
internal sealed class AuditTrail : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly CliServices _services;

    private AuditTrail(DatabaseFixture database, CommandLine commands, CliServices services)
    {
        Database = database;
        Commands = commands;
        _services = services;
    }

    public DatabaseFixture Database { get; }

    public CommandLine Commands { get; }

    public static async Task<AuditTrail> StartAsync()
    {
        var database = await DatabaseFixture.CreateEmptyAsync();
        var commands = new CommandLine(database.Url);
        var services = await commands.ServicesAsync();
        await services.Provider.GetRequiredService<Migrator>().MigrateAsync([], CancellationToken.None);
        await services.Provider.GetRequiredService<AuditService>().StartAsync(CancellationToken.None);
        return new AuditTrail(database, commands, services);
    }

    /// <summary>Records a completed call of model <c>echo</c>, so many minutes after <see cref="Start"/>.</summary>
    public async Task<Guid> CallAsync(double minutes, string user = "alice", string model = "echo", long? cost = 11, CallStatus status = CallStatus.Completed, string? session = null, string? client = null, string? project = null, string? tools = null, IReadOnlyList<PolicyStep>? findings = null)
    {
        var at = Start.AddMinutes(minutes);
        var id = Guid.CreateVersion7(at);
        var opened = new OpenedRow
        {
            Id = id,
            OpenedAt = at,
            Tenant = "tests",
            Principal = new Principal { Subject = user, Tier = Tier.User, TokenId = "token-1" },
            TraceId = "trace",
            SessionId = session,
            Client = client,
            Project = project,
            Tools = tools is null ? null : Encoding.UTF8.GetBytes(tools),
            Head = new() { Model = model, Stream = true, MaxTokens = 64 },
            Decision = new PolicyDecision(PolicyOutcome.Pass, null, null, null, [new PolicyStep("scope", PolicyOutcome.Pass, 3)]),
        };
        var settled = new SettledRow
        {
            Id = id,
            OpenedAt = at,
            CompletedAt = at.AddSeconds(1),
            Status = status,
            HttpStatus = 200,
            Usage = new TokenUsage { Input = 7, Output = 2 },
            Cost = cost,
            Findings = findings ?? [],
        };
        await Log.CommitAsync(opened, settled, CancellationToken.None);
        return id;
    }

    /// <summary>Records a hook decision.</summary>
    public async Task<Guid> DecisionAsync(double minutes, PolicyOutcome outcome = PolicyOutcome.Deny, string tool = "Bash", string? session = null, string? reason = null, string? toolUse = null)
    {
        var at = Start.AddMinutes(minutes);
        var id = Guid.CreateVersion7(at);
        var decision = new DecisionRow
        {
            Id = id,
            DecidedAt = at,
            Tenant = "tests",
            Door = PolicyDoor.Hook,
            Tier = Tier.User,
            UserId = "bob",
            Event = "PreToolUse",
            Tool = tool,
            ToolUseId = toolUse,
            SessionId = session,
            Reason = reason,
            Outcome = outcome,
            Policy = outcome == PolicyOutcome.Pass ? null : "blocklist",
        };
        await Log.CommitAsync(decision, CancellationToken.None);
        return id;
    }

    public Task<CommandResult> RunAsync(params string[] args) => Commands.RunAsync(args);

    public async ValueTask DisposeAsync()
    {
        await _services.Provider.GetRequiredService<AuditService>().StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
        await Database.DisposeAsync();
    }

    public IServiceProvider Services => _services.Provider;

    public IAuditLog Log => _services.Provider.GetRequiredService<IAuditLog>();
}
