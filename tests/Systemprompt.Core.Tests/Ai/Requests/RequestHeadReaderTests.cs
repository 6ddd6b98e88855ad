using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Ai;
using Systemprompt.Http.Bodies;

namespace Systemprompt.Core.Tests.Ai;

public sealed class RequestHeadReaderTests
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(2000);

    /// <summary>Bytes that are JSON more often than chance has it, escapes and half surrogate pairs among them.</summary>
    private static Arbitrary<string> Bodies => Gen.ArrayOf(Gen.Elements(
        "{", "}", "[", "]", ",", ":", "\"", "\"model\":", "\"mod\\u0065l\":", "\"\\ud800\":", "\"\\udc00odel\":", "\"m\\ud83c\\udf89\":", "\"stream\":", "true", "null",
        "\"metadata\":", "{\"user_id\":", "\"echo\"", "\"\\ud800\"", "\"\\uDFFF\\n\"", "\"{\\\"session_id\\\":\\\"s\\\"}\"", "\"{\\\"\\\\ud800\\\":1}\"", "1e400", "-0.0", " ", "é", "\0", "\\"))
        .Select(string.Concat).ToArbitrary();

    [Fact]
    public void Takes_the_four_fields_wherever_they_stand()
    {
        RequestHeadReader.Read("""{"a":{"model":"no"},"metadata":{"x":[1],"user_id":"user_1_account_2_session_s-9"},"max_tokens":64,"stream":true,"model":"m"}"""u8, RequestFields.Messages, out var head)
            .ShouldBeNull();

        head.ShouldBe(new RequestHead { Model = "m", ModelAt = 120, ModelLength = 3, Stream = true, MaxTokens = 64, MostTokens = 64, SessionId = "s-9", IsWellFormed = true });
    }

    [Theory]
    [InlineData("""{"model":"m","stream":null}""")]
    [InlineData("""{"model":"m","max_tokens":1.5}""")]
    [InlineData("""{"model":"m","max_tokens":99999999999999999999}""")]
    [InlineData("""{"model":"m","max_tokens":"64"}""")]
    [InlineData("""{"model":"m","metadata":null}""")]
    [InlineData("""{"model":"m","metadata":{"user_id":7}}""")]
    [InlineData("""{"model":"m","x":1,"x":2}""")]
    [InlineData("""{"model":"m","\ud800":1,"\ud800":2,"\udc00odel":"x","mo\u0000el":3}""")]
    [InlineData("""{"model":"m","metadata":{"\ud800ser_id":"x","\udfffabcdef":1}}""")]
    [InlineData(" \t\r\n{\"model\":\"m\"} \n")]
    public void What_is_none_of_its_business_is_left_to_the_provider(string body)
    {
        RequestHeadReader.Read(Encoding.UTF8.GetBytes(body), RequestFields.Messages, out var head).ShouldBeNull();

        body.Substring(head.ModelAt, head.ModelLength).ShouldBe("\"m\"");
        head.ShouldBe(new RequestHead { Model = "m", ModelAt = head.ModelAt, ModelLength = head.ModelLength, IsWellFormed = true });
    }

    [Theory]
    [InlineData("""{"model":"small","Model":"big"}""", "model: stands here in another case")]
    [InlineData("""{"model":"small","MAX_TOKENS":9}""", "max_tokens: stands here in another case")]
    [InlineData("""{"model":"small","me\u017f\u017fages":[]}""", "messages: stands here in another case")]
    [InlineData("""{"model":"small","max_to\u212aens":9}""", "max_tokens: stands here in another case")]
    [InlineData("""{"model":"small","\u0053ystem":"x"}""", "system: stands here in another case")]
    [InlineData("""{"model":"small","models":1,"Modem":2,"X-Model":3,"inner":{"Model":"x"}}""", null)]
    public void A_field_in_another_case_is_refused_since_some_providers_would_take_it(string body, string? fault) =>
        (RequestHeadReader.Read(Encoding.UTF8.GetBytes(body), RequestFields.Messages, out _)?[..(fault?.Length ?? 0)]).ShouldBe(fault);

    [Theory]
    [InlineData("""{"model":"m","max_tokens":64000.0}""", 64000L, 64000L, 1L)]
    [InlineData("""{"model":"m","max_tokens":6.4e4,"n":null}""", 64000L, 64000L, 1L)]
    [InlineData("""{"model":"m","max_tokens":100000,"max_completion_tokens":1,"n":128}""", 1L, 100000L, 128L)]
    [InlineData("""{"model":"m","max_completion_tokens":1,"max_tokens":100000,"n":0}""", 1L, 100000L, 1L)]
    [InlineData("""{"model":"m","n":-3}""", null, null, 1L)]
    public void The_most_that_a_call_can_come_to_is_known_however_it_is_written(string body, long? tokens, long? most, long choices)
    {
        RequestHeadReader.Read(Encoding.UTF8.GetBytes(body), RequestFields.Chat, out var head).ShouldBeNull();

        (head.MaxTokens, head.MostTokens, head.Choices).ShouldBe((tokens, most, choices));
    }

    [Fact]
    public void Half_a_surrogate_pair_in_a_name_becomes_a_replacement_character()
    {
        RequestHeadReader.Read("""{"model":"a\ud800b\n\udc00\ud83c\udf89\u0041"}"""u8, RequestFields.Messages, out var head).ShouldBeNull();

        head.Model.ShouldBe("a\uFFFDb\n\uFFFD🎉A");
    }

    [Fact]
    public void No_body_makes_it_throw() =>
        Prop.ForAll(Bodies, text =>
        {
            var fault = RequestHeadReader.Read(Encoding.UTF8.GetBytes(text), RequestFields.Messages, out _);
            return fault is null || fault.Length > 0;
        }).Check(Runs);

    [Fact]
    public void No_bytes_make_it_throw() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => RequestHeadReader.Read(bytes, RequestFields.Messages, out _) is null or { Length: > 0 }).Check(Runs);

    [Fact]
    public void A_well_formed_body_with_a_model_is_read_whatever_the_model_is_called() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyString>(), name =>
        {
            var escaped = string.Concat(name.Get.Select(unit => $"\\u{(int)unit:x4}"));
            var fault = RequestHeadReader.Read(Encoding.UTF8.GetBytes($$"""{"model":"{{escaped}}"}"""), RequestFields.Messages, out var head);
            return fault is null && head.Model == Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name.Get));
        }).Check(Runs);

    [Theory]
    [InlineData("model", true)]
    [InlineData("\\u006dodel", true)]
    [InlineData("mode\\u006C", true)]
    [InlineData("Model", false)]
    [InlineData("model\\u0000", false)]
    [InlineData("mode\\n", false)]
    [InlineData("mode", false)]
    [InlineData("models", false)]
    [InlineData("", false)]
    public void A_name_is_compared_by_what_it_means(string raw, bool same) => DecodedJson.Is(Encoding.UTF8.GetBytes(raw), "model"u8).ShouldBe(same);
}
