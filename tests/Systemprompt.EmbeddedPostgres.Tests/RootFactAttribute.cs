namespace Systemprompt.EmbeddedPostgres.Tests;

/// <summary>A test that needs to be root: to start as root, or to become somebody else.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess) Skip = "needs root";
    }
}
