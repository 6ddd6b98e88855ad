using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Profiles;

namespace Systemprompt.Extensions;

/// <summary>One run of a <see cref="DoctorCheck"/>: what it may look at, and where it says what it found.</summary>
public sealed class DoctorCall
{
    private readonly Lock _lock = new();
    private readonly List<DoctorFinding> _findings = [];
    private readonly string _check;

    internal DoctorCall(string check, IServiceProvider services) => (_check, Services) = (check, services);

    /// <summary>The container that the server would have, without the server.</summary>
    public IServiceProvider Services { get; }

    /// <summary>The profile, bound and valid.</summary>
    public Profile Profile => Services.GetRequiredService<Profile>();

    internal IReadOnlyList<DoctorFinding> Findings
    {
        get
        {
            lock (_lock) return [.. _findings];
        }
    }

    /// <summary>All is well.</summary>
    /// <param name="what">What was seen, in one sentence; no secrets.</param>
    public void Ok(string what) => Add("ok", what, null);

    /// <summary>Works now, and somebody should look. The exit code stays 0.</summary>
    /// <param name="what">What is not as it should be, in one sentence; no secrets.</param>
    /// <param name="remedy">What to do, in one sentence.</param>
    public void Warn(string what, string remedy) => Add("warn", what, remedy);

    /// <summary>Does not work, or will lose something. <c>doctor</c> ends with exit code 1.</summary>
    /// <param name="what">What is wrong, in one sentence; no secrets.</param>
    /// <param name="remedy">What to do, in one sentence.</param>
    public void Fail(string what, string remedy) => Add("fail", what, remedy);

    private void Add(string result, string what, string? remedy)
    {
        lock (_lock) _findings.Add(new DoctorFinding(_check, result, what, remedy));
    }
}

/// <summary>What a check found: <c>ok</c>, <c>warn</c>, <c>fail</c>, or <c>skip</c> when it could not be asked.</summary>
internal sealed record DoctorFinding(string Check, string Result, string Detail, string? Remedy);
