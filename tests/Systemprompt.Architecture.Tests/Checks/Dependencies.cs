using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Systemprompt.Architecture.Tests.Checks;

/// <summary>A package in the closure of a project, and the licence it states.</summary>
internal sealed partial record Dependency(string Id, string Version, string Licence)
{
    /// <summary>Stores, brokers and sidecars: one binary and PostgreSQL are the whole stack.</summary>
    [GeneratedRegex(
        """
        (^|[.\-])(\w*redis|\w*kafka|elastic\w*|opensearch|nest|rabbitmq|masstransit|nservicebus|memcached|enyim\w*|mongodb|cassandra\w*|nats|pulsar|
        activemq|servicebus|eventhubs|sqs|sns|hazelcast|etcd|consul|zookeeper\w*|dapr|solr\w*|meilisearch|typesense|influxdb|clickhouse)([.\-]|$)
        """,
        RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace)]
    public static partial Regex ForeignService();

    /// <summary>Licences that ask nothing of an adopter but the notice.</summary>
    private static readonly HashSet<string> Permissive = new(StringComparer.Ordinal)
    {
        "MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "PostgreSQL", "ISC", "0BSD", "MS-PL", "Unlicense",
        "MIT AND Apache-2.0", "MIT OR Apache-2.0",
    };

    public static IReadOnlyList<string> Faults(IEnumerable<Dependency> closure) =>
    [
        .. from dependency in closure.Distinct()
           let fault = ForeignService().IsMatch(dependency.Id) ? "speaks to a service that is not PostgreSQL"
               : !Permissive.Contains(dependency.Licence) ? $"has the licence '{dependency.Licence}', which is not among those accepted" : null
           where fault is not null
           orderby dependency.Id
           select $"{dependency.Id} {dependency.Version} {fault}",
    ];

    /// <summary>The closure that NuGet resolved for a project, direct and transitive.</summary>
    public static IEnumerable<Dependency> Of(string assetsPath)
    {
        using var assets = JsonDocument.Parse(File.ReadAllText(assetsPath));
        var folders = assets.RootElement.GetProperty("packageFolders").EnumerateObject().Select(folder => folder.Name).ToList();
        foreach (var library in assets.RootElement.GetProperty("libraries").EnumerateObject())
        {
            if (library.Value.GetProperty("type").GetString() != "package") continue;
            var (id, version) = library.Name.Split('/') is [var name, var number] ? (name, number) : throw new InvalidDataException(library.Name);
            var nuspec = folders.Select(folder => Path.Combine(folder, library.Value.GetProperty("path").GetString()!, $"{id.ToLowerInvariant()}.nuspec"))
                .First(File.Exists);
            yield return new Dependency(id, version, LicenceIn(XDocument.Load(nuspec)));
        }
    }

    /// <summary>The expression; for packages older than expressions, the page they point to.</summary>
    public static string LicenceIn(XDocument nuspec)
    {
        var metadata = nuspec.Descendants().Where(element => element.Parent?.Name.LocalName == "metadata").ToList();
        var expression = metadata.FirstOrDefault(element => element.Name.LocalName == "license" && (string?)element.Attribute("type") == "expression");
        return expression?.Value ?? ByPage(metadata.FirstOrDefault(element => element.Name.LocalName == "licenseUrl")?.Value ?? "none stated");
    }

    // Old first-party packages, all of one repository.
    private static string ByPage(string page) => page is "https://github.com/dotnet/corefx/blob/master/LICENSE.TXT" ? "MIT" : page;
}
