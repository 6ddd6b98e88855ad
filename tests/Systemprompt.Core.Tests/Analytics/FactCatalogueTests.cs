using Systemprompt.Analytics;
using Systemprompt.Extensions;

namespace Systemprompt.Core.Tests.Analytics;

public sealed class FactCatalogueTests
{
    private const string Sql = "select day, customer, orders from shop.orders where tenant = @tenant and at >= @from and at < @to";

    [Fact]
    public void A_source_is_found_by_its_name()
    {
        var catalogue = Of(Source());

        catalogue.Require("shop.orders").Title.ShouldBe("Orders");
        Should.Throw<ReportException>(() => catalogue.Require("shop.order")).Message.ShouldContain("did you mean 'shop.orders'?");
    }

    [Fact]
    public void A_source_that_is_not_well_formed_is_refused_by_name()
    {
        Fault(Source("orders")).ShouldContain("is not named shop.WHAT");
        Fault(Source("other.orders")).ShouldContain("is not named shop.WHAT");
        Fault(Source(), Source()).ShouldContain("'shop.orders' is registered twice");
        Fault(Source() with { Measures = [] }).ShouldContain("has no measure");
        Fault(Source() with { Dimensions = ["Customer"] }).ShouldContain("'Customer' is not made of");
        Fault(Source() with { Dimensions = ["day"] }).ShouldContain("'day' stands twice");
        Fault(Source() with { Dimensions = ["orders"] }).ShouldContain("'orders' stands twice");
        Fault(Source() with { Sql = "select 1 where @from < @to" }).ShouldContain("does not ask for @tenant");
        Fault(Source() with { Sql = Sql + ";" }).ShouldContain("holds a semicolon");
    }

    private static FactSource Source(string name = "shop.orders") => new(name, "Orders") { Dimensions = ["customer"], Measures = [new FactMeasure("orders")], Sql = Sql };

    private static FactCatalogue Of(params FactSource[] sources) => FactCatalogue.Of(ExtensionRegistry.Create([new Shop(sources)]));

    private static string Fault(params FactSource[] sources) => Should.Throw<ExtensionException>(() => Of(sources)).Message;

    [Extension("shop")]
    private sealed class Shop(FactSource[] sources) : Extension
    {
        public override IReadOnlyList<FactSource> Facts => sources;
    }
}
