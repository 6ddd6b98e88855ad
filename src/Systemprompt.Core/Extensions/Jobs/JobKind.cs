namespace Systemprompt.Extensions;

/// <summary>The stable name of a kind of job, and what its arguments are. Kept where whoever enqueues can see it.</summary>
/// <param name="name">
/// <c>extension.what</c>, such as <c>billing.send_invoice</c>. It is stored with every job: never rename it while jobs of it may wait.
/// </param>
/// <typeparam name="TArgs">The arguments.</typeparam>
public sealed class JobKind<TArgs>(string name)
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
