using Microsoft.AspNetCore.Http;
using Systemprompt.Governance;
using Systemprompt.Security;

namespace Systemprompt.Ai;

/// <summary>
/// The project that a call counts for: what the first of the profile's headers that is there names, else the access key's own. Those headers stay here, unless
/// the profile has them forwarded.
/// </summary>
internal static class ProjectTag
{
    /// <param name="headers">The request's.</param>
    /// <param name="names">The headers to look at, in order (<c>ai.project_headers</c>).</param>
    /// <param name="caller">Whose key may have a project.</param>
    /// <param name="project">The project; null when there is none.</param>
    /// <returns>Null, or what is wrong and where, for the person at the client. It never quotes the header.</returns>
    public static string? Read(IHeaderDictionary headers, IReadOnlyList<string> names, Principal caller, out string? project)
    {
        project = caller.Project;
        for (var i = 0; i < names.Count; i++)
        {
            if (!headers.TryGetValue(names[i], out var values) || values.ToString() is not { Length: > 0 } named) continue;
            if (ProjectName.Fault(named) is { } fault) return $"{names[i]}: {fault}";
            // A key pasted into the wrong variable must not stand in rows and reports.
            if (RecordedText.Of(named) != named) return $"{names[i]}: holds what looks like a credential";
            project = named;
            return null;
        }

        return null;
    }
}
