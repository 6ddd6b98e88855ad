namespace Systemprompt.Audit;

/// <summary>Who writes: one process. Each of its lanes is a writer of its own.</summary>
/// <param name="Tenant">The profile's tenant.</param>
/// <param name="Instance">The process's id of its own.</param>
/// <param name="Host">The machine's name.</param>
/// <param name="ProcessId">The operating system's number.</param>
internal sealed record WriterOrigin(string Tenant, Guid Instance, string Host, int ProcessId)
{
    public static WriterOrigin Here(string tenant) => new(tenant, Guid.CreateVersion7(), Environment.MachineName, Environment.ProcessId);
}
