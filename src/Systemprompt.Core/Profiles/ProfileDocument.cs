namespace Systemprompt.Profiles;

/// <summary>A parsed profile and its sections, bound on first use.</summary>
internal sealed class ProfileDocument
{
    public required string Name { get; init; }

    public required string Source { get; init; }

    public required string Tenant { get; init; }

    public object Resolve(Type section) => throw new ProfileException([new(Source, 0, 0, $"no section for {section}")]);

    public void ResolveAll() => Resolve(typeof(Profile));
}
