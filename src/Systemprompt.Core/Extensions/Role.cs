namespace Systemprompt.Extensions;

/// <summary>A role that an extension brings. Whoever has it carries its scopes, in tokens from a login and with access keys.</summary>
/// <param name="Name">Stable name, by convention <c>extension.what</c>, such as <c>billing.editor</c>.</param>
/// <param name="Scopes">What <see cref="Http.RouteMap.Scope"/> asks for, such as <c>billing:write</c>.</param>
/// <param name="Description">One sentence for listings.</param>
public sealed record Role(string Name, IReadOnlyList<string> Scopes, string Description = "");
