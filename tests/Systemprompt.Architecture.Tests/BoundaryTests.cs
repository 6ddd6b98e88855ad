using Systemprompt.Architecture.Tests.Checks;

namespace Systemprompt.Architecture.Tests;

public sealed class BoundaryTests
{
    [Fact]
    public void The_kernel_names_no_room()
    {
        using var core = Repository.Assembly("Systemprompt.Core");

        Boundaries.KernelFaults(core, Repository.Kernel).ShouldBeEmpty();
    }

    [Fact]
    public void A_room_uses_only_rooms_it_depends_on()
    {
        using var core = Repository.Assembly("Systemprompt.Core");
        var dependencies = ShippedParts.All.ToDictionary(part => part.Id, part => part.Dependencies);

        Boundaries.RoomFaults(core, Repository.Kernel, dependencies).ShouldBeEmpty();
    }

    [Fact]
    public void Every_namespace_follows_its_folder()
    {
        using var core = Repository.Assembly("Systemprompt.Core");
        var folders = Repository.Rooms.Concat(Repository.Kernel).Select(room => $"Systemprompt.{room}").Append("Systemprompt").ToHashSet();

        core.MainModule.Types.Where(type => type.IsPublic && !folders.Contains(string.Join('.', type.Namespace.Split('.').Take(2))))
            .Select(type => type.FullName).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("namespace Systemprompt.Http { class Pipeline : Systemprompt.Audit.Log; }", "base class")]
    [InlineData("namespace Systemprompt.Http { class Pipeline { List<Systemprompt.Audit.Log>? field; } }", "type argument of a field")]
    [InlineData("namespace Systemprompt.Http { class Pipeline { object M() => new Systemprompt.Audit.Log(); } }", "method body")]
    [InlineData("namespace Systemprompt.Http { class Pipeline { async Task M() { await Task.Yield(); Systemprompt.Audit.Log.Write(); } } }", "state machine")]
    [InlineData("namespace Systemprompt.Http { class Pipeline { Action M() { var n = 1; return () => Systemprompt.Audit.Log.Take(n); } } }", "closure")]
    [InlineData("namespace Systemprompt.Http { class Pipeline { Type M() => typeof(Systemprompt.Audit.Log); } }", "typeof")]
    [InlineData("namespace Systemprompt.Http { [Systemprompt.Audit.Mark] class Pipeline; }", "attribute")]
    [InlineData("namespace Systemprompt.Http { class Pipeline { void M<T>() where T : Systemprompt.Audit.Log { } } }", "constraint")]
    [InlineData("namespace Systemprompt.Http { class Pipeline { object M() => Systemprompt.CoreExtensions.All; } }", "the list of the parts")]
    public void A_kernel_type_that_knows_a_room_is_found(string source, string way)
    {
        using var assembly = Synthetic.Assembly(source + Audit);

        Boundaries.KernelFaults(assembly, Repository.Kernel).ShouldHaveSingleItem(way)
            .ShouldStartWith("Systemprompt.Http.Pipeline is kernel and uses Systemprompt.");
    }

    [Fact]
    public void A_room_that_uses_an_undeclared_room_is_found()
    {
        const string source = "namespace Systemprompt.Ai { class Gateway { Systemprompt.Audit.Log? log; } }" + Audit;
        using var assembly = Synthetic.Assembly(source);
        Dictionary<string, IReadOnlyList<string>> none = [];
        Dictionary<string, IReadOnlyList<string>> through = new() { ["ai"] = ["governance"], ["governance"] = ["audit"] };

        Boundaries.RoomFaults(assembly, Repository.Kernel, none).ShouldHaveSingleItem().ShouldContain("'ai' does not declare");
        Boundaries.RoomFaults(assembly, Repository.Kernel, through).ShouldBeEmpty();
    }

    private const string Audit =
        """
        namespace Systemprompt.Audit
        {
            class Log { public static void Write() { } public static void Take(int n) { } }
            class MarkAttribute : Attribute;
        }
        namespace Systemprompt { static class CoreExtensions { public static object All { get; } = new Systemprompt.Audit.Log(); } }
        """;
}
