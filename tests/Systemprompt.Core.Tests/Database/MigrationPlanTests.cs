using Systemprompt.Database;
using Systemprompt.Database.Migrations;

namespace Systemprompt.Core.Tests.Database;

public sealed class MigrationPlanTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_is_not_applied_is_pending_in_the_extensions_order_then_by_number()
    {
        var plan = Plan([Source("crm", 1, 2), Source("billing", 1, 3)], [Row("crm", 1)]);

        plan.Faults.ShouldBeEmpty();
        plan.Pending.Select(step => step.File).ShouldBe(["crm/002_m2.sql", "billing/001_m1.sql", "billing/003_m3.sql"]);
    }

    [Fact]
    public void A_changed_applied_migration_is_a_fault_with_both_remedies()
    {
        var plan = Plan([Source("crm", 1)], [Row("crm", 1) with { Checksum = "other" }]);

        plan.Faults.ShouldHaveSingleItem().ShouldBe(
            "crm/001_m1.sql was changed after it was applied at 2026-03-01 12:00:00Z. Restore the file and put the change into a new migration; "
            + "or, if the database already is as the changed file says, run 'infra db migrate --accept-checksum crm/001'.");
    }

    [Fact]
    public void A_number_below_the_newest_applied_is_out_of_order() =>
        Plan([Source("crm", 1, 2, 3)], [Row("crm", 1), Row("crm", 3)]).Faults.ShouldHaveSingleItem()
            .ShouldBe("crm/002_m2.sql is new, but crm/003_m3.sql has already been applied: migrations run in order. Give it a number above 003.");

    [Fact]
    public void A_database_newer_than_the_binary_is_a_fault() =>
        Plan([Source("crm", 1)], [Row("crm", 1), Row("crm", 2)]).Faults.ShouldHaveSingleItem().ShouldContain("the database is newer than the binary");

    [Fact]
    public void An_applied_migration_that_was_deleted_is_a_fault() =>
        Plan([Source("crm", 1, 3)], [Row("crm", 1), Row("crm", 2), Row("crm", 3)]).Faults.ShouldHaveSingleItem()
            .ShouldBe("crm/002_m2.sql is applied, but this binary does not carry it any more. Restore the file: an applied migration stays.");

    [Fact]
    public void An_extension_that_is_gone_leaves_its_data_and_is_no_fault()
    {
        var plan = Plan([Source("crm", 1)], [Row("crm", 1), Row("old", 1), Row("old", 2)]);

        plan.Faults.ShouldBeEmpty();
        plan.LeftOver.ShouldBe(["old"]);
    }

    [Fact]
    public void Every_fault_is_in_the_refusal() =>
        Should.Throw<DatabaseRefusedException>(() => Plan([Source("crm", 1), Source("billing", 1)], [Row("crm", 1) with { Checksum = "x" }, Row("billing", 1) with { Checksum = "x" }]).Sound())
            .Message.Split('\n').Length.ShouldBe(2);

    [Fact]
    public void Line_ends_do_not_change_a_checksum_and_anything_else_does()
    {
        var checksum = new Migration(1, "a", "create table a (id int);\n").Checksum();

        checksum.ShouldBe("519a1e8e560bfe843fff05a0e39aa2ec638878f09a8897cd41d6801a7f543995");
        new Migration(2, "b", "create table a (id int);\r\n").Checksum().ShouldBe(checksum);
        new Migration(1, "a", "create table a (id  int);\n").Checksum().ShouldNotBe(checksum);
    }

    [Theory]
    [InlineData("-- no-transaction\ncreate index concurrently i on t (a)", true)]
    [InlineData("\n  -- no-transaction  \r\nvacuum", true)]
    [InlineData("create table a (id int); -- no-transaction", false)]
    [InlineData("-- a comment\n-- no-transaction", false)]
    public void The_first_line_decides_about_the_transaction(string sql, bool without) =>
        new Migration(1, "a", sql).RunsWithoutTransaction().ShouldBe(without);

    private static MigrationPlan Plan(MigrationSource[] sources, AppliedMigration[] applied) => MigrationPlan.Of(new MigrationCatalogue(sources, new HashSet<string>()), applied);

    private static MigrationSource Source(string extension, params int[] numbers) => new(extension, [.. numbers.Select(Step)]);

    private static Migration Step(int number) => new(number, $"m{number}", $"select {number}");

    private static AppliedMigration Row(string extension, int number) => new(extension, number, $"m{number}", Step(number).Checksum(), At, "me", TimeSpan.Zero);
}
