using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Ai;
using Systemprompt.Audit;
using Systemprompt.Budgets;
using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Ai;

public sealed class AiDoctorTests
{
    [Theory]
    [InlineData("", "ok", "budgets.lease (30s) is more than twice audit.commit_timeout (10s)")]
    [InlineData("budgets: { lease: 21s }", "ok", "budgets.lease (21s) is more than twice audit.commit_timeout (10s)")]
    [InlineData("budgets: { lease: 20s }", "warn", "budgets.lease (20s) is not more than twice audit.commit_timeout (10s), so a call whose row is late counts on no budget when its replica dies")]
    [InlineData("audit: { commit_timeout: 30s }", "warn", "budgets.lease (30s) is not more than twice audit.commit_timeout (30s), so a call whose row is late counts on no budget when its replica dies")]
    public async Task A_lease_of_budgets_that_is_too_short_for_the_audit_trail_is_a_warning(string settings, string result, string detail)
    {
        var profile = new Profile(ProfileLoader.Parse("test", "test/profile.yaml", $"tenant: acme\n{settings}\n", [.. new BudgetsExtension().Settings, .. new AuditExtension().Settings], _ => null));
        await using var services = new ServiceCollection().AddSingleton(profile).BuildServiceProvider();
        var check = AiDoctor.Checks.Single(check => check.Name == "budget lease");

        var finding = (await DoctorRun.RunAsync(check, services, TimeProvider.System, CancellationToken.None)).ShouldHaveSingleItem();

        (finding.Result, finding.Detail).ShouldBe((result, detail));
        (finding.Remedy ?? "").Contains("set budgets.lease above", StringComparison.Ordinal).ShouldBe(result == "warn");
    }
}
