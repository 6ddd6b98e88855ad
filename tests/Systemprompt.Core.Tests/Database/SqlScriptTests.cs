using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Database.Migrations;

namespace Systemprompt.Core.Tests.Database;

public sealed class SqlScriptTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData(" ; ;; -- nothing\n/* at all */", new string[0])]
    [InlineData("select 1", new[] { "select 1" })]
    [InlineData("select 1; select 2;", new[] { "select 1", "select 2" })]
    [InlineData("select ';'; select 'it''s; two'", new[] { "select ';'", "select 'it''s; two'" })]
    [InlineData(@"select e'a\'; b'; select 2", new[] { @"select e'a\'; b'", "select 2" })]
    [InlineData(@"select 'a\'; select 2", new[] { @"select 'a\'", "select 2" })]
    [InlineData("select \"a;b\"; select 2", new[] { "select \"a;b\"", "select 2" })]
    [InlineData("do $$ begin; end $$; select 2", new[] { "do $$ begin; end $$", "select 2" })]
    [InlineData("do $a$ x; $$ ; $b$ ; $a$; select 2", new[] { "do $a$ x; $$ ; $b$ ; $a$", "select 2" })]
    [InlineData("select a$b$c; select 2", new[] { "select a$b$c", "select 2" })]
    [InlineData("select $1; select 2", new[] { "select $1", "select 2" })]
    [InlineData("-- one; two\nselect 1 -- three; four\n; select 2", new[] { "select 1 -- three; four", "select 2" })]
    [InlineData("/* a; /* b; */ c; */ select 1; select 2", new[] { "select 1", "select 2" })]
    [InlineData("create rule r as on insert to t do (select 1; select 2); select 3", new[] { "create rule r as on insert to t do (select 1; select 2)", "select 3" })]
    [InlineData("create function f() returns int begin atomic select case when true then 1 end; end; select 2", new[] { "create function f() returns int begin atomic select case when true then 1 end; end", "select 2" })]
    [InlineData("begin; select 1; end", new[] { "begin", "select 1", "end" })]
    [InlineData("select 'open; select 2", new[] { "select 'open; select 2" })]
    [InlineData("select $x$ open; select 2", new[] { "select $x$ open; select 2" })]
    public void Statements_are_cut_where_PostgreSQL_cuts_them(string script, string[] statements) =>
        SqlScript.Split(script).Select(statement => statement.Text).ShouldBe(statements);

    [Fact]
    public void A_statement_knows_where_it_starts()
    {
        const string Script = "-- first\nselect 1;\n\n/* second */ select 2;";

        SqlScript.Split(Script).Select(statement => Script[statement.Start..][..8]).ShouldBe(["select 1", "select 2"]);
        SqlPlace.Line(Script, SqlScript.Split(Script)[1].Start).ShouldBe(4);
    }

    [Fact]
    public void Any_text_is_cut_without_loss_of_place() =>
        Prop.ForAll(
            Gen.Elements("'", "\"", "$", "$$", "$a$", ";", "--", "\n", "/*", "*/", "(", ")", "begin", " ", "atomic", "end", "case", "e", "\\", "x", "ä", "1").ArrayOf().ToArbitrary(),
            pieces =>
            {
                var script = string.Concat(pieces);
                var last = 0;
                foreach (var statement in SqlScript.Split(script))
                {
                    if (statement.Start < last || string.CompareOrdinal(script, statement.Start, statement.Text, 0, statement.Text.Length) != 0 || statement.Text.Length == 0) return false;
                    last = statement.Start + statement.Text.Length;
                }

                return true;
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
}
