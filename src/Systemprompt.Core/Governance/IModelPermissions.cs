using Systemprompt.Security;

namespace Systemprompt.Governance;

/// <summary>Who may use which models: for listings. Calls are judged by the policies.</summary>
internal interface IModelPermissions
{
    /// <summary>Whether the caller may use the model, as it is named.</summary>
    bool MayUse(Principal principal, string model);
}
