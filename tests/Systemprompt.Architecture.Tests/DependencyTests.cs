using System.Xml.Linq;
using Systemprompt.Architecture.Tests.Checks;

namespace Systemprompt.Architecture.Tests;

public sealed class DependencyTests
{
    /// <summary>The generator ships without its packages: the compiler brings them.</summary>
    public static TheoryData<string> Shipped => [.. Repository.Projects.Except(["Systemprompt.Generators"])];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Nothing_but_postgresql_is_spoken_to_and_no_licence_is_a_trap(string project) =>
        Dependency.Faults(Dependency.Of(Repository.InRoot($"artifacts/obj/{project}/project.assets.json"))).ShouldBeEmpty();

    [Fact]
    public void The_closure_is_read_with_what_is_only_transitive() =>
        Dependency.Of(Repository.InRoot("artifacts/obj/Systemprompt.Core/project.assets.json")).Select(dependency => dependency.Id)
            .ShouldContain("Microsoft.IdentityModel.Tokens");

    [Fact]
    public void A_generated_solution_speaks_to_nothing_else_either()
    {
        var packages = Repository.Files("templates", ".csproj", ".props")
            .SelectMany(file => XDocument.Parse(file.Text).Descendants())
            .Where(element => element.Name.LocalName is "PackageReference" or "PackageVersion")
            .Select(element => (string?)element.Attribute("Include") ?? "").ToList();

        packages.Where(package => Dependency.ForeignService().IsMatch(package)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("StackExchange.Redis", "MIT")]
    [InlineData("Confluent.Kafka", "Apache-2.0")]
    [InlineData("librdkafka.redist", "MIT")]
    [InlineData("Elastic.Clients.Elasticsearch", "Apache-2.0")]
    [InlineData("Microsoft.Extensions.Caching.StackExchangeRedis", "MIT")]
    [InlineData("RabbitMQ.Client", "Apache-2.0")]
    [InlineData("Fine", "GPL-3.0-only")]
    [InlineData("Fine", "https://example.org/buy")]
    public void A_foreign_service_or_a_trap_is_found(string id, string licence) =>
        Dependency.Faults([new Dependency(id, "1.0.0", licence)]).ShouldHaveSingleItem();

    [Theory]
    [InlineData("Npgsql", "PostgreSQL")]
    [InlineData("Dapper", "Apache-2.0")]
    [InlineData("Microsoft.Extensions.Options", "MIT")]
    public void What_is_fine_passes(string id, string licence) => Dependency.Faults([new Dependency(id, "1.0.0", licence)]).ShouldBeEmpty();

    [Fact]
    public void A_licence_file_is_not_taken_for_an_expression() =>
        Dependency.LicenceIn(XDocument.Parse(
            """<package><metadata><license type="file">LICENSE</license><licenseUrl>https://aka.ms/deprecateLicenseUrl</licenseUrl></metadata></package>"""))
            .ShouldBe("https://aka.ms/deprecateLicenseUrl");
}
