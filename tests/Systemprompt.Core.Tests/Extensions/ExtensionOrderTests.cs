using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Extensions;

namespace Systemprompt.Core.Tests.Extensions;

public sealed class ExtensionOrderTests
{
    [Fact]
    public void Dependencies_start_first_then_priority_then_id() =>
        Order(new Web(["store"]), new Late([]), new Early([]), new Store([])).ShouldBe(["early", "store", "web", "late"]);

    [Fact]
    public void A_circle_is_refused_with_its_chain() =>
        Should.Throw<ExtensionException>(() => Order(new Web(["store"]), new Store(["web"]))).Message.ShouldContain("web -> store -> web");

    [Fact]
    public void A_missing_dependency_is_refused_with_the_remedy() =>
        Should.Throw<ExtensionException>(() => Order(new Web(["ledger"]))).Message.ShouldBe(
            "extension 'web' depends on 'ledger', which is not compiled in (web -> ledger); reference its project from the host");

    [Fact]
    public void An_id_that_stands_twice_is_refused_and_both_types_named()
    {
        var message = Should.Throw<ExtensionException>(() => Order(new Web([]), new OtherWeb([]))).Message;
        message.ShouldContain(nameof(Web));
        message.ShouldContain(nameof(OtherWeb));
    }

    [Fact]
    public void The_order_does_not_hang_on_the_order_given()
    {
        var expected = Order(new Web(["store"]), new Late([]), new Early([]), new Store([]));
        Prop.ForAll(Gen.Shuffle<Extension>([new Web(["store"]), new Late([]), new Early([]), new Store([])]).ToArbitrary(), extensions =>
            ExtensionOrder.Sort(extensions).Select(extension => extension.Id).SequenceEqual(expected)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Disabling_takes_out_what_the_profile_names()
    {
        var registry = ExtensionRegistry.Create([new Web([]), new Late([])]).Without(["web"]);
        registry.Enabled.Select(extension => extension.Id).ShouldBe(["late"]);
        registry.All.Count.ShouldBe(2);
        registry.IsEnabled("web").ShouldBeFalse();
    }

    [Theory]
    [InlineData("nothing", "there is no extension 'nothing'")]
    [InlineData("early", "'early' is required")]
    [InlineData("store", "'store' is needed by 'web'")]
    public void Disabling_what_must_stay_is_refused(string id, string expected) =>
        Should.Throw<ExtensionException>(() => ExtensionRegistry.Create([new Web(["store"]), new Store([]), new Early([])]).Without([id])).Message.ShouldContain(expected);

    private static IReadOnlyList<string> Order(params Extension[] extensions) => [.. ExtensionOrder.Sort(extensions).Select(extension => extension.Id)];

    private abstract class Fake(string[] needs, int priority, bool required = false) : Extension
    {
        public override IReadOnlyList<string> Dependencies => needs;

        public override int Priority => priority;

        public override bool IsRequired => required;
    }

    [Extension("web")]
    private sealed class Web(string[] needs) : Fake(needs, 20);

    [Extension("web")]
    private sealed class OtherWeb(string[] needs) : Fake(needs, 20);

    [Extension("store")]
    private sealed class Store(string[] needs) : Fake(needs, 50);

    [Extension("early")]
    private sealed class Early(string[] needs) : Fake(needs, 1, required: true);

    [Extension("late")]
    private sealed class Late(string[] needs) : Fake(needs, 100);
}
