using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Audit;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Governance;

/// <summary>
/// Governance: verdicts on what AI clients are about to do, each recorded in <c>governance.hook_decisions</c> before the client hears it. The
/// view <c>governance.decisions</c> shows them together with the verdicts on model calls.
/// </summary>
[Extension("governance", Description = "Policies in front of model calls and hook events, and the record of every verdict.")]
internal sealed class GovernanceExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["audit", "security"];

    public override bool IsRequired => true;

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddAuditTable(DecisionRow.Decisions);
        services.AddAuditSource<GovernanceStore>();
    }
}
