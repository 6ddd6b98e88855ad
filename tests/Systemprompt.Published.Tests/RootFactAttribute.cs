namespace Systemprompt.Published.Tests;

/// <summary>A test that needs to mount file systems.</summary>
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess) Skip = "only root can mount file systems";
    }
}
