using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Systemprompt.Hosting;

namespace Systemprompt.Generators.Tests;

public sealed class HostTests
{
    private const string Main = "System.Console.WriteLine(Systemprompt.CompiledExtensions.All.Extensions.Count);";

    [Fact]
    public void A_host_without_extensions_gets_an_empty_list()
    {
        var built = Build.Host.Run(Main);

        built.Emit();
        built.Code.ShouldNotContain("(), //");
    }

    [Fact]
    public void A_referenced_assembly_is_found() => (Build.Host with { References = [Library("billing")] }).Run(Main)
        .Code.ShouldContain("new global::MyCo.BillingExtension(), // billing");

    [Fact]
    public void A_referenced_open_project_is_found()
    {
        var library = Build.Library().Run(Extension("billing")).Compilation;
        var built = (Build.Host with { References = [library.ToMetadataReference()] }).Run(Main);

        built.Code.ShouldContain("new global::MyCo.BillingExtension(), // billing");
        built.Emit();
    }

    [Fact]
    public void An_extension_of_the_host_itself_counts()
    {
        var built = (Build.Host with { References = [Library("billing")] }).Run(Main, Extension("reports"));

        built.Code.ShouldContain("new global::MyCo.BillingExtension()");
        built.Code.ShouldContain("new global::MyCo.ReportsExtension()");
        built.Code.ShouldNotContain("[assembly:");
        built.Emit();
    }

    [Fact]
    public void The_order_is_by_id_whatever_the_order_of_references()
    {
        MetadataReference one = Library("zeta"), two = Library("alpha"), three = Library("mid");

        var code = (Build.Host with { References = [one, two, three] }).Run(Main).Code;

        code.ShouldBe((Build.Host with { References = [three, one, two] }).Run(Main).Code);
        string.Join(' ', code.Split("(), // ")[1..].Select(part => part.Split('\n')[0])).ShouldBe("alpha mid zeta");
    }

    [Fact]
    public void The_shipped_parts_are_not_listed() =>
        Build.Host.Run(Main).Code.ShouldNotContain("Systemprompt.Audit");

    [Fact]
    public void A_namespace_that_is_a_keyword_is_escaped()
    {
        var library = Build.Library().Run("""namespace MyCo.@event; [Extension("billing")] public sealed class @class : Extension;""").ToMetadata();
        var built = (Build.Host with { References = [library] }).Run(Main);

        built.Code.ShouldContain("new global::MyCo.@event.@class()");
        built.Emit();
    }

    [Fact]
    public void The_list_holds_instances_and_the_hosts_assembly()
    {
        var library = Build.Library().Run(Extension("billing")).Emit();
        var host = (Build.Host with { References = [MetadataReference.CreateFromImage(library)] }).Run(Main).Emit();
        var context = new AssemblyLoadContext("generated", isCollectible: true);
        var billing = context.LoadFromStream(new MemoryStream(library));
        context.Resolving += (_, name) => name.Name == billing.GetName().Name ? billing : null;
        var assembly = context.LoadFromStream(new MemoryStream(host));

        var all = assembly.GetType("Systemprompt.CompiledExtensions")!.GetProperty("All", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)
            .ShouldBeOfType<HostDefinition>();

        all.Extensions.ShouldHaveSingleItem().Id.ShouldBe("billing");
        all.Assembly.ShouldBe(assembly);
    }

    [Fact]
    public void A_file_that_is_no_assembly_is_left_to_the_compiler()
    {
        var built = (Build.Host with { References = [MetadataReference.CreateFromImage([1, 2, 3, 4])] }).Run(Main);

        built.Diagnostics.ShouldBeEmpty();
        built.Compilation.GetDiagnostics().ShouldContain(diagnostic => diagnostic.Id == "CS0009");
    }

    internal static string Extension(string id) =>
        $$"""namespace MyCo { [Extension("{{id}}")] public sealed class {{char.ToUpperInvariant(id[0]) + id[1..]}}Extension : Extension; }""";

    internal static MetadataReference Library(string id, string? assembly = null) =>
        Build.Library(assembly ?? $"MyCo.{id}").Run(Extension(id)).ToMetadata();
}
