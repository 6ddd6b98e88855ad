using System.Text;
using Systemprompt.Analytics;

namespace Systemprompt.Core.Tests.Analytics;

/// <summary>Providers' exports as they are, and what is said of files that are none.</summary>
public sealed class ExportFileTests
{
    private const string AnthropicUsage =
        "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo,speed\n";

    private const string OpenAiCost =
        "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_item,user_id,api_key_id,project_id,organization_id,project_name,organization_name,user_email,api_source\n";

    [Fact]
    public void Anthropics_usage_has_tokens_by_kind()
    {
        var text = AnthropicUsage
            + "2026-08-05,claude-opus-5,\"Closer, \"\"the\"\" App\",Default,standard,≤ 200k,46981,15969,31,7,16932,0,global,\r\n"
            + "\r\n"
            + "2026-08-05T13:00:00Z,claude-haiku-4-5-20251001,\"two\nlines\",Default,standard,≤ 200k,1,2,3,4,5,0,global,\r\n";

        Read(text).ShouldBe(
        [
            "anthropic_usage: Input CacheWrite CacheRead Output", "2026-08-05 claude-opus-5 Input=46981 CacheWrite=16000 CacheRead=7 Output=16932", "2026-08-05 claude-haiku-4-5-20251001 Input=1 CacheWrite=5 CacheRead=4 Output=5",
        ]);
    }

    [Fact]
    public void Anthropics_cost_has_money_by_model_and_what_is_no_models_by_its_kind()
    {
        const string text = """
            usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,cost_type,inference_geo,speed,api_key_id,api_key_status
            2026-08-04,Claude Haiku 4.5,Default,demo-key,message,≤ 200k,input_no_cache,0.05,0.05,token,not_available,,apikey_01AAA,active
            2026-08-04,,Default,demo-key,,,,0.02,0.02,web_search,not_available,,apikey_01AAA,active
            2026-08-05,Claude Sonnet 4.5,Default,demo-key,message,≤ 200k,output,-1e-3,1.00,token,not_available,,apikey_01AAA,active
            """;

        Read("\uFEFF" + text).ShouldBe(["anthropic_cost: Cost", "2026-08-04 Claude Haiku 4.5 Cost=50000", "2026-08-04 (web_search) Cost=20000", "2026-08-05 Claude Sonnet 4.5 Cost=-1000"]);
    }

    [Fact]
    public void OpenAIs_usage_has_input_with_what_was_read_from_the_cache_and_days_without_anything()
    {
        const string text = """
            start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,model,batch,service_tier,input_tokens,output_tokens,input_cached_tokens
            1790467200,1790553600,2026-09-27T00:00:00+00:00,2026-09-28T00:00:00+00:00,,,,,,,,,,
            1790553600,1790640000,2026-09-28T00:00:00+00:00,2026-09-29T00:00:00+00:00,,3,,,gpt-5-nano-2025-08-07,,,1000,50,400
            """;

        Read(text).ShouldBe(["openai_usage: Input CacheRead Output", "2026-09-28 gpt-5-nano-2025-08-07 Input=600 CacheRead=400 Output=50"]);
    }

    [Fact]
    public void OpenAIs_cost_has_money_by_line_item()
    {
        var text = OpenAiCost
            + "1790467200,1790553600,2026-09-27T00:00:00+00:00,2026-09-28T00:00:00+00:00,,,,,,,,,,,,,\n"
            + "1790553600,1790640000,2026-09-28T00:00:00,2026-09-29T00:00:00,0.003835980000000000000000000000,usd,1000,tokens,\"gpt-5-nano, input_tokens\",,key_1,proj_a,org-fixture,Proj A,,someone@example.com,\n";

        Read(text).ShouldBe(["openai_cost: Cost", "2026-09-28 gpt-5-nano Cost=3835.98"]);
    }

    [Fact]
    public void The_plain_form_has_what_its_header_has_in_any_order_and_separator() =>
        Read("Model;day;cost_usd;output_tokens\nllama;2026-01-31;;12\n").ShouldBe(["plain: Output Cost", "2026-01-31 llama Input=0 CacheWrite=0 CacheRead=0 Output=12 Cost=0"]);

    [Theory]
    [InlineData("", "x.csv is empty; an export has a header first")]
    [InlineData("date,amount\n1,2", "x.csv: line 1: these are the columns of no export that is known: Anthropic's usage export has usage_date_utc, model_version,")]
    [InlineData("day,model\n2026-01-31,a", "plain export has day, model and any of input_tokens, output_tokens, cost_usd, cache_write_tokens, cache_read_tokens")]
    [InlineData("day,day,model,cost_usd\n", "x.csv: line 1: column day stands twice")]
    [InlineData("day,model,cost_usd\n2026-01-31,a,1\n2026-01-31,b\n", "x.csv: line 3: has 2 columns, and the header has 3")]
    [InlineData("day,model,cost_usd\n\n\n2026-01-31,a,12$\n", "x.csv: line 4, column cost_usd: is no amount of dollars such as 12.34")]
    [InlineData("day,model,cost_usd\n2026-01-32,a,1\n", "x.csv: line 2, column day: is no day such as 2026-01-31")]
    [InlineData("day,model,cost_usd\n0001-01-01,a,1\n", "x.csv: line 2, column day: is not in the years 2020 to 2199")]
    [InlineData("day,model,cost_usd\n2026-01-31,,1\n", "x.csv: line 2, column model: is empty")]
    [InlineData("day,model,input_tokens\n2026-01-31,a,-1\n", "x.csv: line 2, column input_tokens: is no whole number from 0 on")]
    [InlineData("day,model,input_tokens\n2026-01-31,a,1.5\n", "x.csv: line 2, column input_tokens: is no whole number from 0 on")]
    [InlineData("start_time,model,input_tokens,output_tokens,input_cached_tokens\n1790553600,,1,1,0", "x.csv: line 2, column model: is empty; export the usage grouped by model")]
    [InlineData("start_time,model,input_tokens,output_tokens,input_cached_tokens\n1790553600,a,1,1,2", "x.csv: line 2, column input_cached_tokens: is more than input_tokens")]
    [InlineData("start_time,model,input_tokens,output_tokens,input_cached_tokens\nsoon,a,1,1,0", "x.csv: line 2, column start_time: is no moment in seconds since 1970")]
    [InlineData("start_time,amount_value,amount_currency,line_item\n1790553600,1,eur,a", "x.csv: line 2, column amount_currency: is not usd")]
    [InlineData("start_time,amount_value,amount_currency,line_item\n1790553600,1,usd,", "x.csv: line 2, column line_item: is empty; export the costs grouped by line item")]
    public void A_file_that_is_none_is_told_by_line_and_column(string text, string message) => Should.Throw<ExportException>(() => Read(text)).Message.ShouldContain(message);

    [Fact]
    public void A_line_without_an_end_is_not_held_in_memory()
    {
        using var endless = new EndlessLine();

        Should.Throw<ExportException>(() => Read(endless)).Message.ShouldBe("x.csv: line 2: is longer than 16 MB; a quotation mark may be missing at its end");

        endless.Given.ShouldBeLessThan(64L << 20);
    }

    [Theory]
    [InlineData("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5", true)]
    [InlineData("claude-3-5-haiku-20241022", "Claude Haiku 3.5", true)]
    [InlineData("gpt-5-nano-2025-08-07", "gpt-5-nano", true)]
    [InlineData("claude-opus-4-1@20250805", "claude-opus-4-1", true)]
    [InlineData("claude-3-5-sonnet-latest", "claude-3-5-sonnet", true)]
    [InlineData("gpt-4.5", "gpt-5.4", false)]
    [InlineData("claude-sonnet-4", "claude-sonnet-4-5", false)]
    [InlineData("gpt-4o", "gpt-4o-mini", false)]
    public void Names_of_one_model_are_known_for_that(string one, string other, bool same) => (ModelName.KeyOf(one) == ModelName.KeyOf(other)).ShouldBe(same);

    private static IReadOnlyList<string> Read(string text) => Read(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    private static IReadOnlyList<string> Read(Stream stream)
    {
        using var file = ExportFile.Open(stream, "x.csv");
        return
        [
            $"{file.Format.Name}: {string.Join(' ', file.Figures)}",
            .. file.Lines().Select(line => $"{line.Day:yyyy-MM-dd} {line.Model} {string.Join(' ', line.Figures.Select(figure => FormattableString.Invariant($"{figure.Key}={figure.Value:0.####}")))}"),
        ];
    }

    /// <summary>A header, and then a cell that never ends.</summary>
    private sealed class EndlessLine : Stream
    {
        private static readonly byte[] Header = "day,model,cost_usd\n\""u8.ToArray();

        public long Given { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => Given; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            buffer.Fill((byte)'a');
            if (Given == 0)
            {
                Header.CopyTo(buffer);
                buffer = buffer[..Header.Length];
            }

            Given += buffer.Length;
            return buffer.Length;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
