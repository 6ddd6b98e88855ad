using System.Text;
using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai;

/// <summary>Which calls take more for input than their body holds.</summary>
public sealed class UnseenInputTests
{
    [Theory]
    [InlineData("responses", """{"model":"m","previous_response_id":"resp_1","input":"go on"}""")]
    [InlineData("responses", """{"model":"m","conversation":"conv_1","input":"go on"}""")]
    [InlineData("responses", """{"model":"m","\u0063onversation":{"id":"conv_1"},"input":"go on"}""")]
    [InlineData("responses", """{"model":"m","prompt":{"id":"pmpt_1"}}""")]
    [InlineData("responses", """{"model":"m","input":[{"role":"user","content":"hi"},{"type":"item_reference","id":"msg_1"}]}""")]
    [InlineData("responses", """{"model":"m","input":[{"id":"msg_1"},{"role":"user","content":"hi"}]}""")]
    [InlineData("responses", """{"model":"m","input":[{"type":null,"id":"msg_1"}]}""")]
    [InlineData("responses", """{"model":"m","input":[{"role":"user","content":[{"type":"input_file","file_id":"file-1"}]}]}""")]
    [InlineData("responses", """{"model":"m","input":[{"role":"user","content":[{"type":"input_file","file_url" : "https://example.com/a"}]}]}""")]
    [InlineData("responses", """{"model":"m","input":[{"role":"user","content":[{"type":"input_image","image_url":"http:\/\/example.com\/a"}]}]}""")]
    [InlineData("responses", """{"model":"m","input":"hi","tools":[{"type":"function","name":"f"},{"type":"web_search"}]}""")]
    [InlineData("responses", """{"model":"m","input":"hi","tools":[{"server_url":"x","type":"mcp"}]}""")]
    [InlineData("responses", """{"model":"m","input":"hi","tools":[{"type":"web_search","external_web_access":true}]}""")]
    [InlineData("responses", """{"model":"m","input":"hi","tools":[{"external_web_access":false,"type":"web_search","external_web_access":true}]}""")]
    [InlineData("responses", """{"model":"m","input":"hi","tools":[{"type":"web_search","external_web_access":false,"type":"code_interpreter"}]}""")]
    [InlineData("responses", """{"model":"m","input":"hi","tools":[{"type":"tool_search"}]}""")]
    [InlineData("responses", """{"model":"m","input":"hi","tools":[{"type":"tool_search","execution":"server"}]}""")]
    [InlineData("responses", """{"model":"m","input":"hi","tools":[{"execution":"client","type":"tool_search","execution":"server"}]}""")]
    [InlineData("responses", """{"model":"m","input":"hi","tools":[{"type":"shell"}]}""")]
    [InlineData("responses", """{"model":"m","input":"hi","tools":[{"type":"shell","environment":{"type":"container_auto"}}]}""")]
    [InlineData("responses", """{"model":"m","input":[{"role":"user","content":[{"file_id":"file-1","detail":"auto","type":"input_image"}]}]}""")]
    [InlineData("responses", """{"model":"m","input":[{"type":"computer_call_output","call_id":"c","output":{"type":"computer_screenshot","file_id":"file-1"}}]}""")]
    [InlineData("responses", """{"model":"m","input":[{"role":"user","content":[{"type":"input_file","filename":"a.pdf","file_data":"data:application\/pdf;base64,AAAA"}]}]}""")]
    [InlineData("chat", """{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]}""")]
    [InlineData("chat", """{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"\u0075rl":"https://example.com/a.png"}}]}]}""")]
    [InlineData("chat", """{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}]}""")]
    [InlineData("chat", """{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA"}}]}]}""")]
    [InlineData("chat", """{"model":"m","messages":[],"web_search_options":{}}""")]
    [InlineData("messages", """{"model":"m","messages":[{"role":"user","content":[{"type":"document","source":{"type" : "url","url":"https://example.com/a.pdf"}}]}]}""")]
    [InlineData("messages", """{"model":"m","messages":[{"role":"user","content":[{"type":"image","source":{"url":"https://example.com/a","type":"url"}}]}]}""")]
    [InlineData("messages", """{"model":"m","messages":[{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"file_1"}}]}]}""")]
    [InlineData("responses", """{"model":"m","input":[{"role":"user","content":[{"type":"input_file","filename":"x{1}.pdf","file_id":"file-1"}]}]}""")]
    [InlineData("chat", """{"model":"m","messages":[{"role":"user","content":[{"type":"file","file":{"filename":"a}.pdf","file_id":"file-1"}}]}]}""")]
    [InlineData("messages", """{"model":"m","messages":[{"role":"user","content":[{"type":"document","source":{"file_id" : "file_1" , "type" : "file"}}]}]}""")]
    [InlineData("messages", """{"model":"m","messages":[{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"application\/pdf","data":"AAAA"}}]}]}""")]
    [InlineData("messages", """{"model":"m","messages":[{"role":"user","content":[{"type":"document","source":{"data":"AAAA","media_type" : "application/pdf"}}]}]}""")]
    [InlineData("messages", """{"model":"m","messages":[],"tools":[{"type":"web_search_20250305","name":"web_search"}]}""")]
    [InlineData("messages", """{"model":"m","messages":[],"tools":[{"name":"x","type":"code_\u0065xecution_20250825"}]}""")]
    [InlineData("messages", """{"model":"m","messages":[],"mcp_servers":[{"type":"url","name":"x"}]}""")]
    [InlineData("messages", """{"model":"m","messages":[],"container":"container_1"}""")]
    public void What_the_body_does_not_hold_is_noticed(string door, string body) => Has(door, body).ShouldBeTrue();

    [Theory]
    [InlineData("responses", """{"model":"m","previous_response_id":null,"conversation":null,"input":"previous_response_id"}""")]
    [InlineData("responses", """{"model":"m","input":[{"role":"user","content":"hi"},{"id":"fc_1","type":"function_call","name":"fetch","arguments":"{\"url\":\"https://example.com\",\"file_id\":\"1\"}","call_id":"c"}]}""")]
    [InlineData("responses", """{"model":"m","input":"hi","tools":[{"type":"function","name":"f","parameters":{"properties":{"url":{"type":"string"}},"required":["url"]}},{"type":"custom","name":"g"}]}""")]
    [InlineData("chat", """{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]}],"web_search_options":null}""")]
    [InlineData("chat", """{"model":"m","messages":[{"role":"user","content":"a \"url\": \"https://example.com\""}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]}""")]
    [InlineData("messages", """{"model":"m","messages":[{"role":"user","content":"{\"type\":\"url\",\"file_id\":\"x\"} is application/pdf \u003c"}],"mcp_servers":[],"container":null}""")]
    [InlineData("messages", """{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"fetch","input":{"url":"https://example.com","kind":"url"}}]}]}""")]
    [InlineData("messages", """{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"Bash","input":{"command":"ls docs/pdf"}}]}]}""")]
    [InlineData("messages", """{"model":"m","messages":[{"role":"user","content":"Accept: application/pdf;q=0.9, or <a href=\"data:application/pdf;base64,AAAA\">, or \"media_type\": \"application/pdf\""}]}""")]
    [InlineData("messages", """{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"fetch","input":{"accept":"application/pdf"}}]}]}""")]
    [InlineData("messages", """{"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"mcp__drive__read","input":{"file_id":"1abc"}}]}]}""")]
    [InlineData("messages", """{"model":"m","messages":[{"role":"user","content":"in JSON an a is \\u0061"}]}""")]
    [InlineData("responses", """{"model":"m","input":[{"role":"assistant","type":"message","content":[{"type":"output_text","text":"x","annotations":[{"type":"file_citation","file_id":"file-1","index":1}]}]}]}""")]
    [InlineData("responses", """{"model":"m","input":"hi","tools":[{"type":"tool_search","execution":"client","parameters":{"type":"object"}}]}""")]
    [InlineData("responses", """{"model":"m","input":"hi","tools":[{"environment":{"skills":[],"type":"local"},"type":"shell"}]}""")]
    [InlineData("responses", """{"model":"m","input":"hi","tools":[{"type":"web_search","external_web_access":false}]}""")]
    [InlineData("messages", """{"model":"m","messages":[],"tools":[{"name":"fetch","input_schema":{"type":"object","properties":{"url":{"type":"string"},"file_id":{"type":"string"}},"required":["url"]}}]}""")]
    [InlineData("messages", """{"model":"m","messages":[],"tools":[{"type":"custom","name":"a"},{"type":"bash_20250124","name":"bash"},{"type":"computer_20250124","name":"computer"},{"type":"text_editor_20250728","name":"e"}]}""")]
    public void What_the_body_holds_is_all_there_is(string door, string body) => Has(door, body).ShouldBeFalse();

    [Theory]
    [InlineData("""[{"type":"function","name":"f"},{"type":"web_search","external_web_access":false},{"type":"custom","name":"g"}]""", true, false)]
    [InlineData("""[{"type":"web_search","external_web_access":false},{"type":"file_search"}]""", false, true)]
    [InlineData("""[{"type":"function","name":"f","external_web_access":false}]""", false, false)]
    public void A_search_in_what_the_provider_has_kept_is_told_from_what_reaches_further(string tools, bool kept, bool unseen)
    {
        RequestHeadReader.Read(Encoding.UTF8.GetBytes($$"""{"model":"m","tools":{{tools}},"input":"hi"}"""), RequestFields.Responses, out var head).ShouldBeNull();

        (head.HasKeptSearch, head.HasUnseenInput).ShouldBe((kept, unseen));
    }

    [Fact]
    public void Tools_and_items_are_read_to_their_end()
    {
        const string body = """{"tools":[{"type":"function","parameters":{"type":"object"}},7],"input":[{"role":"user","content":[{"type":"input_text"}]},"x",{"type":"reasoning"}],"model":"m","max_output_tokens":5}""";

        RequestHeadReader.Read(Encoding.UTF8.GetBytes(body), RequestFields.Responses, out var head).ShouldBeNull();

        (head.Model, head.HasTools, head.HasUnseenInput, head.MostTokens).ShouldBe(("m", true, false, 5L));
        head.LastParts!.Select(part => body[part]).ShouldBe(["""{"role":"user","content":[{"type":"input_text"}]}""", """{"type":"reasoning"}"""]);
    }

    private static bool Has(string name, string body)
    {
        var door = name switch { "messages" => GatewayDoor.Messages, "chat" => GatewayDoor.Chat, _ => GatewayDoor.Responses };
        var bytes = Encoding.UTF8.GetBytes(body);
        RequestHeadReader.Read(bytes, door.Fields, out var head).ShouldBeNull();
        return head.HasUnseenInput || UnseenInput.IsPointedAt(bytes, door.Spoken);
    }
}
