using Systemprompt.Ai;
using Systemprompt.Extensions;
using Systemprompt.Governance;
using Systemprompt.Security;
using Xunit.Abstractions;

namespace Systemprompt.Integration.Tests.Audit;

/// <summary>What a call of a coding agent takes in the database, rows and its share of the indexes: the figure in docs/audit.md.</summary>
public sealed class RowSizeTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Calls = 12_000;
    private static readonly string[] Policies = ["scope", "secret_scan", "blocklist", "rate"];

    private AuditTrail _trail = null!;

    public async Task InitializeAsync() => _trail = await AuditTrail.StartAsync();

    public async Task DisposeAsync() => await _trail.DisposeAsync();

    [Fact]
    public async Task A_settled_call_takes_less_than_one_kilobyte_with_its_indexes()
    {
        foreach (var portion in Enumerable.Range(0, Calls).Chunk(400))
            await Task.WhenAll(portion.Select(number => CommitAsync(number)));

        var opened = await AverageAsync("ai.requests_opened");
        var settled = await AverageAsync("ai.requests_settled");
        var indexes = await IndexesAsync("ai.requests_opened_default") + await IndexesAsync("ai.requests_settled_default");

        // Every index's first page is there however few rows there are.
        output.WriteLine($"opened {opened} + settled {settled} + indexes {indexes} = {opened + settled + indexes} bytes a call");
        (opened + settled + indexes).ShouldBeLessThan(1024);

        var budgeted = await _trail.Database.ScalarAsync<int>("""select pg_column_size('[{"budget":"everyone","unit":"microdollars","period":"month","key":"alice.liddell@example.com","from":"2026-03-01","reserved":1234567}]'::json) + 17""");
        output.WriteLine($"a budget that it counts on: about {budgeted} more");
    }

    private async Task CommitAsync(int number)
    {
        var at = AuditTrail.Start.AddMilliseconds(number * 7);
        var id = Guid.CreateVersion7(at);
        var opened = new OpenedRow
        {
            Id = id,
            OpenedAt = at,
            Tenant = "myco",
            Principal = new Principal { Subject = "alice.liddell@example.com", Tier = Tier.User, TokenId = Guid.CreateVersion7().ToString() },
            TraceId = Guid.NewGuid().ToString("N"),
            SessionId = Guid.NewGuid().ToString(),
            Client = "claude-cli/2.1.96 (external, cli)",
            ClientAddress = "10.120.130.140",
            Provider = "anthropic",
            Head = new() { Model = "claude-sonnet-4-5-20250929", Stream = true, MaxTokens = 32_000 },
            RequestBytes = 76_543,
            Decision = new PolicyDecision(PolicyOutcome.Pass, null, null, null, [.. Policies.Select((policy, place) => new PolicyStep(policy, PolicyOutcome.Pass, 3 + (place * 50)))]),
        };
        var settled = new SettledRow
        {
            Id = id,
            OpenedAt = at,
            CompletedAt = at.AddSeconds(4),
            Status = CallStatus.Completed,
            HttpStatus = 200,
            UpstreamStatus = 200,
            StopReason = "tool_use",
            Usage = new TokenUsage { Input = 12, Output = 431, CacheRead = 18_232, CacheWrite5m = 911 },
            Cost = 15_483,
            ResponseBytes = 9_876,
            FirstByteMicroseconds = 812_345,
            UpstreamRequestId = "req_011CSHoEeqs5C35K2UUqR7Fy",
            Attempts = 1,
        };
        await _trail.Log.CommitAsync(opened, settled, CancellationToken.None);
    }

    private Task<int> AverageAsync(string table) => _trail.Database.ScalarAsync<int>($"select round(avg(pg_column_size(t.*)))::int from {table} t");

    private async Task<int> IndexesAsync(string partition) => (int)(await _trail.Database.ScalarAsync<long>($"select pg_indexes_size('{partition}')") / Calls);
}
