using Systemprompt.Audit;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Audit;

public sealed class AuditSettingsTests
{
    [Fact]
    public void What_ships_is_fit() => Faults(new AuditSettings()).ShouldBeEmpty();

    [Fact]
    public void No_commit_is_waited_for_as_long_as_a_hook_waits_for_its_refusal()
    {
        Faults(new AuditSettings { CommitTimeout = TimeSpan.FromSeconds(30) }).ShouldBeEmpty();
        Faults(new AuditSettings { CommitTimeout = TimeSpan.FromSeconds(31) }).ShouldBe(
            ["commit_timeout: must be from 100ms to 30s: a client of the hook door waits 60s for a refusal, and then runs the tool"]);
    }

    [Fact]
    public void A_lost_heartbeat_does_no_harm() =>
        Faults(new AuditSettings { Lease = TimeSpan.FromSeconds(5), Heartbeat = TimeSpan.FromSeconds(2) }).ShouldHaveSingleItem().ShouldStartWith("heartbeat: must be from 100ms to a third of lease");

    private static List<string> Faults(AuditSettings settings)
    {
        var faults = new SettingsFaults();
        AuditSettings.Validate(settings, faults);
        return [.. faults.All.Select(fault => $"{fault.Path}: {fault.Message}")];
    }
}
