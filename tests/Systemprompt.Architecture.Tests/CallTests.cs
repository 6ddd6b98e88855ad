using Systemprompt.Architecture.Tests.Checks;

namespace Systemprompt.Architecture.Tests;

public sealed class CallTests
{
    public static TheoryData<string> Shipped => [.. Repository.Projects];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Nothing_scans_loads_sleeps_or_reads_the_wall_clock(string project)
    {
        using var assembly = Repository.Assembly(project);

        ForbiddenCalls.Faults(assembly).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Names_say_something(string project)
    {
        using var assembly = Repository.Assembly(project);

        Naming.EmptyNames(assembly).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Classes_are_sealed_unless_something_derives_from_them(string project)
    {
        using var assembly = Repository.Assembly(project);

        Naming.OpenClasses(assembly).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("System.Reflection.Assembly.Load(\"x\");", "Assembly::Load")]
    [InlineData("System.Reflection.Assembly.LoadFrom(\"x\");", "Assembly::LoadFrom")]
    [InlineData("typeof(Use).Assembly.GetTypes();", "Assembly::GetTypes")]
    [InlineData("foreach (var t in typeof(Use).Assembly.DefinedTypes) { }", "Assembly::get_DefinedTypes")]
    [InlineData("foreach (var t in typeof(Use).Assembly.ExportedTypes) { }", "Assembly::get_ExportedTypes")]
    [InlineData("AppDomain.CurrentDomain.GetAssemblies();", "AppDomain::GetAssemblies")]
    [InlineData("System.Runtime.Loader.AssemblyLoadContext.Default.LoadFromAssemblyPath(\"x\");", "AssemblyLoadContext::LoadFromAssemblyPath")]
    [InlineData("Type.GetType(\"x\");", "Type::GetType")]
    [InlineData("Activator.CreateInstance(\"a\", \"b\");", "Activator::CreateInstance")]
    [InlineData("_ = DateTime.UtcNow;", "DateTime::get_UtcNow")]
    [InlineData("_ = DateTimeOffset.UtcNow;", "DateTimeOffset::get_UtcNow")]
    [InlineData("_ = DateTime.Now;", "DateTime::get_Now")]
    [InlineData("System.Threading.Thread.Sleep(1);", "Thread::Sleep")]
    public void A_forbidden_call_is_found(string statement, string member)
    {
        using var assembly = Synthetic.Assembly($"class Use {{ void M() {{ {statement} }} }}");

        var fault = ForbiddenCalls.Faults(assembly).ShouldHaveSingleItem();
        fault.ShouldContain(member);
        fault.ShouldContain("(in Use)");
    }

    [Fact]
    public void Reading_an_embedded_resource_or_a_types_own_attribute_is_no_scan()
    {
        using var assembly = Synthetic.Assembly(
            """
            class Use { object? M() => typeof(Use).Assembly.GetManifestResourceStream("x"); object N(Type t) => Activator.CreateInstance(t)!; }
            """);

        ForbiddenCalls.Faults(assembly).ShouldBeEmpty();
    }

    [Fact]
    public void An_empty_name_and_an_open_class_are_found()
    {
        using var assembly = Synthetic.Assembly(
            """
            namespace Systemprompt.Audit
            {
                public class RowHelper; public static class SqlUtils; public sealed record Good(int N);
                public class Base; public sealed class Leaf : Base { void M() { var n = 1; Action a = () => Console.WriteLine(n); } }
            }
            """);

        Naming.EmptyNames(assembly).ShouldBe(["Systemprompt.Audit.RowHelper", "Systemprompt.Audit.SqlUtils"]);
        Naming.OpenClasses(assembly).ShouldBe(["Systemprompt.Audit.RowHelper"]);
    }
}
