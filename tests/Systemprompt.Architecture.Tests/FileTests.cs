using System.Xml.Linq;
using Systemprompt.Architecture.Tests.Checks;

namespace Systemprompt.Architecture.Tests;

public sealed class FileTests
{
    private static readonly string[] Text = [".cs", ".razor", ".sql", ".css", ".js", ".html", ".sh", ".csproj", ".props", ".targets", ".yaml", ".yml"];

    private static readonly IReadOnlyList<SourceFile> Shipped = [.. Repository.Files("src", Text), .. Repository.Files("templates", Text)];

    public static TheoryData<string> Rooms => [.. Repository.Rooms];

    [Fact]
    public void No_file_is_too_long() => Shipped.Select(FileRules.TooLong).Where(fault => fault is not null).ShouldBeEmpty();

    [Fact]
    public void Nothing_lands_unfinished() => Shipped.SelectMany(FileRules.UnfinishedIn).ShouldBeEmpty();

    [Fact]
    public void Templates_take_the_clock_from_the_host() =>
        Repository.Files("templates", ".cs", ".razor").SelectMany(FileRules.WallClockIn).ShouldBeEmpty();

    [Fact]
    public void The_entry_point_of_a_generated_host_has_at_most_nine_lines() =>
        Repository.Files("templates", ".cs").Where(file => file.Name == "Program.cs").ShouldHaveSingleItem()
            .Text.AsSpan().Count('\n').ShouldBeLessThanOrEqualTo(9);

    [Fact]
    public void Every_error_of_the_packages_build_files_is_documented()
    {
        var page = File.ReadAllText(Repository.InRoot("docs/diagnostics.md"));

        Repository.Files("src", ".props", ".targets")
            .SelectMany(file => XDocument.Parse(file.Text).Descendants())
            .Select(element => (string?)element.Attribute("Code")).OfType<string>()
            .Where(code => !page.Contains($"\n## {code}\n", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public void The_solution_holds_every_project()
    {
        var solution = File.ReadAllText(Repository.InRoot("Systemprompt.slnx"));

        Repository.Files("src", ".csproj").Concat(Repository.Files("tests", ".csproj")).Select(file => file.Path)
            .Where(path => !solution.Contains($"\"{path}\"", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Every_room_keeps_to_the_file_set(string room)
    {
        using var core = Repository.Assembly("Systemprompt.Core");
        var files = Repository.Files($"src/Systemprompt.Core/{room}", ".cs", ".sql").Select(file => file.Name).ToList();

        RoomFiles.Faults(room, files, core.MainModule.GetType($"Systemprompt.{room}.{room}Extension")).ShouldBeEmpty();
    }

    [Fact]
    public void The_kernels_parts_are_extensions_like_any_other() =>
        new[] { "extensions", "profiles", "hosting", "database", "security", "http" }
            .Except(ShippedParts.All.Select(part => part.Id)).ShouldBeEmpty();

    [Fact]
    public void A_room_with_missing_files_is_found()
    {
        using var assembly = Synthetic.Assembly(
            """
            namespace Systemprompt.Files
            {
                abstract class Extension { public virtual void MapRoutes() { } public virtual void MapCommands() { } }
                class FilesExtension : Extension { public override void MapRoutes() { } }
            }
            """);
        var extension = assembly.MainModule.GetType("Systemprompt.Files.FilesExtension");

        RoomFiles.Faults("Files", [], null).ShouldBe(["Files/ has no FilesExtension"]);
        RoomFiles.Faults("Files", ["FilesExtension.cs", "001_files.sql"], extension).ShouldBe(
        [
            "Systemprompt.Files.FilesExtension has MapRoutes, but Files/ has no FilesEndpoints.cs",
            "Files/ has migrations, but no FilesStore.cs",
        ]);
        RoomFiles.Faults("Files", ["FilesExtension.cs", "FilesEndpoints.cs"], extension).ShouldBeEmpty();
    }

    [Fact]
    public void A_long_and_an_unfinished_file_are_found()
    {
        FileRules.TooLong(new SourceFile("a.cs", new string('\n', 301))).ShouldBe("a.cs has 301 lines, 300 are the most");
        FileRules.TooLong(new SourceFile("a.cs", new string('\n', 300))).ShouldBeNull();
        FileRules.UnfinishedIn(new SourceFile("a.cs", "\n// TO" + "DO later")).ShouldBe(["a.cs:2: TO" + "DO"]);
        FileRules.WallClockIn(new SourceFile("a.cs", "var a = DateTime.UtcNow;")).ShouldBe(["a.cs:1: DateTime.UtcNow"]);
    }

    [Fact]
    public void The_generator_keeps_the_ids_of_all_shipped_parts_free() =>
        ShippedParts.All.Select(part => part.Id).Except(Generators.ExtensionId.Shipped).ShouldBeEmpty();

    [Fact]
    public void Folder_and_id_of_a_shipped_part_agree() =>
        ShippedParts.All.Select(part => (part.Id, Folder: part.GetType().Namespace!.Split('.')[^1].ToLowerInvariant()))
            .Where(part => part.Id != part.Folder).ShouldBeEmpty();
}
