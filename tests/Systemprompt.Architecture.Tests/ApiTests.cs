using Microsoft.CodeAnalysis;
using Systemprompt.Architecture.Tests.Checks;

namespace Systemprompt.Architecture.Tests;

public sealed class ApiTests
{
    private const string Command = "dotnet test tests/Systemprompt.Architecture.Tests";

    public static TheoryData<string> Packages => [.. Repository.PackableProjects];

    [Theory]
    [MemberData(nameof(Packages))]
    public void Public_surface_is_as_committed(string project) => Baseline.Check(
        $"tests/Systemprompt.Architecture.Tests/Api/{project}.txt", PublicApi.Of(Repository.AssemblyPath(project)), Command);

    [Fact]
    public void No_baseline_is_left_of_a_package_that_is_gone() =>
        Directory.GetFiles(Repository.InRoot("tests/Systemprompt.Architecture.Tests/Api"), "*.txt")
            .Select(Path.GetFileNameWithoutExtension).Except(Repository.PackableProjects).ShouldBeEmpty();

    [Fact]
    public void The_dump_shows_what_a_customer_can_call_and_nothing_else()
    {
        var image = Synthetic.Image(
            """
            namespace A
            {
                public abstract class Shape : IDisposable
                {
                    internal int Hidden; private protected int HiddenToo;
                    protected Shape(string? name = "x") { }
                    public required string Name { get; init; }
                    public int Count { get; private set; }
                    public virtual IReadOnlyList<string?> List<T>(params T[] items) where T : class, new() => [];
                    public void Dispose() { } public event Action? Turned { add { } remove { } }
                    public static class Nested { public const int Most = 3; }
                }
                public sealed record Point(int X, int Y = 2);
                public enum Color { Red, Blue = 4 }
                public readonly struct Size { public long Bytes { get; } }
                public delegate Task Turn(int degrees);
                internal class Gone { public void M() { } }
            }
            """);

        PublicApi.Of(MetadataReference.CreateFromImage(image), Synthetic.References).ShouldBe(
            """
            public enum A.Color
                Blue = 4
                Red = 0

            public sealed record A.Point
                public Point(int X, int Y = 2)
                public int X { get; init; }
                public int Y { get; init; }

            public abstract class A.Shape : IDisposable
                protected Shape(string? name = "x")
                public event Action? Turned
                public int Count { get; }
                public required string Name { get; init; }
                public virtual IReadOnlyList<string?> List<T>(params T[] items) where T : class, new()
                public void Dispose()

            public static class A.Shape.Nested
                public const int Most = 3

            public readonly struct A.Size
                public long Bytes { get; }

            public delegate Task A.Turn(int degrees)

            """, StringCompareShould.IgnoreLineEndings);
    }

    [Fact]
    public void A_change_is_told_line_by_line() =>
        Baseline.Difference("class A\n    int M()\n    int N()\n", "class A\n    int M(int n)\n    int N()\n\nclass B\n")
            .ShouldBe("  class A\n-     int M()\n+     int M(int n)\n+ class B\n");
}
