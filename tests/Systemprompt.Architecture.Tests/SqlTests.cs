using Systemprompt.Architecture.Tests.Checks;

namespace Systemprompt.Architecture.Tests;

public sealed class SqlTests
{
    /// <summary>The views that show verdicts and runs of tools in one place: the room of model calls replaces them to add its own.</summary>
    private static readonly string[] AllowedForeign = ["governance.decisions", "governance.decision_tools", "governance.tool_runs"];

    private static readonly IReadOnlyList<SourceFile> Code = [.. Repository.Files("src", ".cs"), .. Repository.Files("templates", ".cs")];

    private static readonly IReadOnlyList<SourceFile> Migrations = [.. Repository.Files("src", ".sql"), .. Repository.Files("templates", ".sql")];

    private static readonly HashSet<string> Schemas = [.. Repository.Rooms.Concat(Repository.Kernel).Select(room => room.ToLowerInvariant())];

    [Fact]
    public void Sql_stands_in_stores_and_migrations_only() =>
        Code.SelectMany(Sql.MisplacedIn).ShouldBeEmpty();

    [Fact]
    public void Lists_are_passed_as_arrays() =>
        Code.SelectMany(Sql.BadFormsIn).ShouldBeEmpty();

    [Fact]
    public void A_room_names_its_own_tables_only() =>
        Code.Concat(Migrations)
            .SelectMany(file => Sql.ForeignTablesIn(file, Schemas)
                .Where(fault => !(file.Path.StartsWith("src/Systemprompt.Core/Ai/Schema/", StringComparison.Ordinal) && AllowedForeign.Any(view => fault.Contains(view, StringComparison.Ordinal)))))
            .ShouldBeEmpty();

    [Fact]
    public void Migrations_are_numbered_without_gaps_and_named()
    {
        foreach (var folder in Migrations.GroupBy(file => Path.GetDirectoryName(file.Path)))
        {
            folder.ShouldAllBe(file => System.Text.RegularExpressions.Regex.IsMatch(file.Name, "^[0-9]{3}_[a-z0-9_]+\\.sql$"));
            folder.Select(file => int.Parse(file.Name[..3])).ShouldBe(Enumerable.Range(1, folder.Count()), folder.Key);
        }
    }

    [Theory]
    [InlineData("select id from ai.requests")]
    [InlineData("  select 1")]
    [InlineData("\\n  insert into x (a) values (1)")]
    [InlineData("with a as (select 1) select * from a")]
    [InlineData("update audit.writers set head = @head")]
    [InlineData("copy ai.requests_opened (id) from stdin (format binary)")]
    [InlineData("create table if not exists x (id int)")]
    [InlineData("SELECT id FROM x")]
    [InlineData("listen systemprompt")]
    public void A_statement_outside_a_store_is_found(string sql)
    {
        var source = $$"""class Endpoints { string Sql = "{{sql}}"; }""";

        Sql.MisplacedIn(new SourceFile("src/Systemprompt.Core/Ai/AiEndpoints.cs", source)).ShouldHaveSingleItem()
            .ShouldStartWith("src/Systemprompt.Core/Ai/AiEndpoints.cs:1: SQL outside a store");
        Sql.MisplacedIn(new SourceFile("src/Systemprompt.Core/Ai/AiStore.cs", source)).ShouldBeEmpty();
        Sql.MisplacedIn(new SourceFile("src/Systemprompt.Core/Database/Migrator.cs", source)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Select a profile from the list")]
    [InlineData("update the profile and set its key")]
    [InlineData("Create a token")]
    [InlineData("drop the connection")]
    [InlineData("with the gateway")]
    [InlineData("copy the file to the server")]
    public void Prose_is_no_statement(string text) => Sql.IsStatement(text).ShouldBeFalse();

    [Fact]
    public void A_raw_and_an_interpolated_string_are_read()
    {
        const string source = "class A { string M(string t) => $\"insert into {t} values (1)\"; string N() => \"\"\"\n    delete from x\n    \"\"\"; }";

        Sql.MisplacedIn(new SourceFile("src/A.cs", source)).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("src/Systemprompt.Core/Ai/AiStore.cs", "class A { string S = \"select 1 from audit.writers\"; }")]
    [InlineData("src/Systemprompt.Core/Ai/AiStore.cs", "class A { string S = \"select 1 from x join audit.writers w on true\"; }")]
    [InlineData("src/Systemprompt.Core/Ai/Schema/002_x.sql", "create view ai.v as select * from audit.writers;")]
    [InlineData("src/Systemprompt.Core/Ai/Schema/002_x.sql", "alter table ai.v add constraint x foreign key (a) references audit.writers (id);")]
    [InlineData("src/Systemprompt.Web/PageStore.cs", "class A { string S = \"select 1 from audit.writers\"; }")]
    public void A_table_of_another_room_is_found(string path, string text) =>
        Sql.ForeignTablesIn(new SourceFile(path, text), ["ai", "audit"]).ShouldHaveSingleItem()
            .ShouldContain("names audit.writers, which belongs to 'audit'");

    [Theory]
    [InlineData("src/Systemprompt.Core/Audit/AuditStore.cs", "class A { string S = \"select 1 from audit.writers\"; }")]
    [InlineData("src/Systemprompt.Core/Ai/AiExtension.cs", "class A { string S = \"audit.lease\"; string T = \"see audit.writers\"; }")]
    [InlineData("src/Systemprompt.Core/Ai/Schema/002_x.sql", "-- see audit.writers\ncreate table ai.x (id int);")]
    [InlineData("src/Systemprompt.Core/Ai/Schema/002_x.sql", "select audit.adopt('ai', 'requests');")]
    public void Own_tables_services_and_prose_are_not(string path, string text) =>
        Sql.ForeignTablesIn(new SourceFile(path, text), ["ai", "audit"]).ShouldBeEmpty();

    [Fact]
    public void An_in_list_is_found() =>
        Sql.BadFormsIn(new SourceFile("src/A.cs", "class A { string S = \"select 1 from x where id in @ids\"; }")).ShouldHaveSingleItem();
}
