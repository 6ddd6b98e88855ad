using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Systemprompt.Promises.Tests;

/// <summary>One claim of the product's page and how it stands.</summary>
public sealed class Promise
{
    public string Id { get; init; } = "";

    public string Claim { get; init; } = "";

    /// <summary><c>kept</c> or <c>not_yet</c>.</summary>
    public string Status { get; init; } = "";

    /// <summary>Full names of the tests that would fail without it, when kept.</summary>
    public List<string> Tests { get; init; } = [];

    /// <summary>What is missing, when not kept yet.</summary>
    public string Why { get; init; } = "";

    public bool IsKept => Status == "kept";

    /// <summary>Reads the list; an unknown key is an error.</summary>
    public static IReadOnlyList<Promise> Parse(string yaml) => new DeserializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance).WithDuplicateKeyChecking().Build().Deserialize<List<Promise>>(yaml);
}
