using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Audit.Proof;

namespace Systemprompt.Core.Tests.Audit;

/// <summary>Whatever stands in a row comes back from either format as it was.</summary>
public sealed class ProofFormatTests
{
    private static readonly Guid Writer = new("01a21514-7212-7779-b26a-24d10ded2c3c");

    [Fact]
    public void Any_text_is_one_line_and_comes_back() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string?[]>(), values =>
        {
            // What PostgreSQL holds is valid Unicode without NUL.
            values = [.. values.Select(value => value is null ? null : new string([.. value.Where(letter => !char.IsSurrogate(letter) && letter != '\0')]))];
            var types = Enumerable.Repeat(FieldType.Text, values.Length).ToArray();
            foreach (var format in new[] { ProofFormats.Json, ProofFormats.Csv })
            {
                var line = format.Write(new RowLine(Writer, 7, "ai.requests_opened", new byte[32], values), types);
                line.ShouldNotContain('\n');
                ((RowLine)format.Read(line)).Values.ShouldBe(values);
            }
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("\\N")]
    [InlineData("=1+1")]
    [InlineData("a\r\nb")]
    [InlineData("\"quoted\", and\\")]
    [InlineData("")]
    [InlineData("\\=x")]
    public void What_csv_would_take_amiss_comes_back(string value)
    {
        var line = ProofFormats.Csv.Write(new RowLine(Writer, 7, "t", new byte[32], [value, null, "-5"]), [FieldType.Text, FieldType.Text, FieldType.Int8]);

        ((RowLine)ProofFormats.Csv.Read(line)).Values.ShouldBe([value, null, "-5"]);
        line.Split(',', 6)[5].TrimStart('"')[0].ShouldNotBe('=');
    }

    [Theory]
    [InlineData("uuid", "not-an-id")]
    [InlineData("time", "2026-03-01T12:00:00Z")]
    [InlineData("bool", "1")]
    [InlineData("int4", "3000000000")]
    [InlineData("int8", "1.5")]
    [InlineData("bytes", "xyz")]
    public void A_value_that_is_none_of_its_type_is_refused(string type, string value) =>
        Should.Throw<Exception>(() => FieldType.Named(type)!.Read(value, new System.Buffers.ArrayBufferWriter<byte>())).ShouldBeAssignableTo<Exception>()!.GetType().Name.ShouldBeOneOf(nameof(FormatException), nameof(OverflowException));
}
