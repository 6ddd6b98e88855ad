using System.IO.Compression;
using Mono.Cecil;

namespace Systemprompt.Architecture.Tests;

/// <summary>The list of what a publish compiles ahead. It is recorded now and then, and not with each build, so somebody has to notice when it is old.</summary>
public sealed class StartupProfileTests
{
    private const string Remedy = "run eng/record-startup-profile.sh, which records the profile anew";

    private static string Profile => Repository.InRoot("src/Systemprompt.Core/build/startup.mibc");

    [Fact]
    public void Most_of_the_types_that_it_names_are_still_there()
    {
        using var profile = Read();
        using var core = Repository.Assembly("Systemprompt.Core");

        var named = profile.GetTypeReferences().Where(type => type.Scope.Name == "Systemprompt.Core").Select(type => type.FullName).ToList();

        named.Count.ShouldBeGreaterThan(500, Remedy);
        var gone = named.Where(name => core.MainModule.GetType(name) is null).ToList();
        ((double)gone.Count / named.Count).ShouldBeLessThan(0.3, $"{Remedy}. Gone since, among others:\n{string.Join('\n', gone.Take(10))}");
    }

    [Fact]
    public void It_restricts_the_framework_and_packages_and_nothing_of_ours_or_of_a_customer()
    {
        var restricted = File.ReadAllLines(Repository.InRoot("src/Systemprompt.Core/build/startup.txt"));

        restricted.ShouldContain("System.Private.CoreLib.dll");
        restricted.ShouldContain("Npgsql.dll");
        restricted.ShouldNotContain(name => name.StartsWith("Systemprompt", StringComparison.Ordinal) || name.StartsWith("MyCo", StringComparison.OrdinalIgnoreCase));
        new FileInfo(Profile).Length.ShouldBeLessThan(1_000_000);
        using var profile = Read();
        profile.AssemblyReferences.ShouldNotContain(reference => reference.Name.StartsWith("MyCo", StringComparison.OrdinalIgnoreCase));
    }

    private static ModuleDefinition Read()
    {
        using var archive = ZipFile.OpenRead(Profile);
        var assembly = new MemoryStream();
        using (var packed = archive.Entries.ShouldHaveSingleItem().Open()) packed.CopyTo(assembly);
        assembly.Position = 0;
        return ModuleDefinition.ReadModule(assembly);
    }
}
