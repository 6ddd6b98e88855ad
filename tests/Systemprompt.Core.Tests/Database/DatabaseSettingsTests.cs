using Systemprompt.Database;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Database;

public sealed class DatabaseSettingsTests
{
    [Fact]
    public void An_external_database_needs_an_address() =>
        Faults(new DatabaseSettings()).ShouldHaveSingleItem().ShouldStartWith("url: is empty; give the address of a PostgreSQL");

    [Fact]
    public void An_embedded_one_needs_none_and_an_address_given_is_used_instead()
    {
        Faults(new DatabaseSettings { Mode = DatabaseMode.Embedded }).ShouldBeEmpty();
        new DatabaseSettings { Mode = DatabaseMode.Embedded }.UsesEmbedded.ShouldBeTrue();
        new DatabaseSettings { Mode = DatabaseMode.Embedded, Url = "postgres://db/app" }.UsesEmbedded.ShouldBeFalse();
    }

    [Fact]
    public void Every_fault_is_reported_at_once() =>
        Faults(new DatabaseSettings
        {
            Url = "mysql://db/app",
            DirectUrl = "postgres://db:x/app",
            PoolSize = 2,
            MinPoolSize = 3,
            ConnectTimeout = TimeSpan.Zero,
            CommandTimeout = TimeSpan.FromHours(2),
            IdleLifetime = TimeSpan.FromDays(2),
            LockTimeout = TimeSpan.FromMilliseconds(1),
            ApplicationName = "my:co",
        }).Select(fault => fault.Split(':')[0]).ShouldBe(
            ["url", "direct_url", "min_pool_size", "connect_timeout", "command_timeout", "idle_lifetime", "lock_timeout", "application_name"]);

    [Fact]
    public void A_fault_in_an_address_says_nothing_of_it() =>
        Faults(new DatabaseSettings { Url = "postgres://bob:hun/ter2@db/app" }).ShouldHaveSingleItem().ShouldNotContain("hun");

    [Fact]
    public void Sessions_name_the_process_they_belong_to_within_what_PostgreSQL_keeps()
    {
        var address = new DatabaseAddress(new DatabaseSettings { ApplicationName = new string('x', 30) }, "postgres://db/app", "", isEmbedded: false);

        address.Runtime.ApplicationName.ShouldBe($"{new string('x', 30)}:{DatabaseAddress.Instance}");
        foreach (var one in new[] { address.Runtime, address.Direct, address.Health, address.Preflight }) one.ApplicationName!.Length.ShouldBeLessThan(64);
    }

    [Fact]
    public void Without_a_direct_address_the_other_one_serves()
    {
        new DatabaseAddress(new DatabaseSettings(), "postgres://pooler/app", "", isEmbedded: false).Direct.Host.ShouldBe("pooler");
        new DatabaseAddress(new DatabaseSettings(), "postgres://pooler/app", "postgres://db/app", isEmbedded: false).Direct.Host.ShouldBe("db");
    }

    [Fact]
    public void The_place_names_no_user_and_no_password()
    {
        new DatabaseAddress(new DatabaseSettings(), "postgres://bob:hunter2@db/app", "", isEmbedded: false).Place.ShouldBe("db:5432/app");
        new DatabaseAddress(new DatabaseSettings(), "postgres://bob:hunter2@[::1]:6000/app", "", isEmbedded: false).Place.ShouldBe("[::1]:6000/app");
    }

    private static List<string> Faults(DatabaseSettings settings)
    {
        var faults = new SettingsFaults();
        DatabaseSettings.Validate(settings, faults);
        return [.. faults.All.Select(fault => $"{fault.Path}: {fault.Message}")];
    }
}
