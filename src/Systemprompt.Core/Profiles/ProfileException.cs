namespace Systemprompt.Profiles;

/// <summary>A profile that cannot be used. The message lists every fault as <c>file:line:column: what, remedy</c>, one a line.</summary>
public sealed class ProfileException : Exception
{
    /// <summary>Creates the exception from all faults.</summary>
    public ProfileException(IReadOnlyList<ProfileFault> faults)
        : base(string.Join('\n', faults)) => Faults = faults;

    /// <summary>The faults, in file order.</summary>
    public IReadOnlyList<ProfileFault> Faults { get; }
}

/// <summary>One fault in a profile.</summary>
/// <param name="Source">File path or embedded name.</param>
/// <param name="Line">Line, from 1; 0 when the fault has no place.</param>
/// <param name="Column">Column, from 1; 0 when the fault has no place.</param>
/// <param name="Message">What is wrong and the remedy.</param>
public sealed record ProfileFault(string Source, long Line, long Column, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => Line > 0 ? $"{Source}:{Line}:{Column}: {Message}" : $"{Source}: {Message}";
}
