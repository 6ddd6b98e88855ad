using Systemprompt.Ai;

namespace Systemprompt.Core.Tests.Ai.Protocols;

/// <summary>The corpus: each request as every provider gets it, each answer and stream as every client gets it.</summary>
public sealed class GoldenTests
{
    public static TheoryData<string, string> RequestCases => GoldenFile.Cases("requests");

    public static TheoryData<string, string> AnswerCases => GoldenFile.Cases("answers");

    public static TheoryData<string, string> StreamCases => GoldenFile.Cases("streams");

    public static TheoryData<string> ClientCases => [.. StreamCases.Where(each => (string)each[0] == ChatClientWords.Name).Select(each => (string)each[1])];

    // A chat client's stream has no bytes.
    public static IEnumerable<object[]> CutCases => StreamCases.Where(each => (string)each[0] != ChatClientWords.Name);

    [Theory]
    [MemberData(nameof(RequestCases))]
    public void A_request_reaches_every_provider_as_recorded(string client, string name)
    {
        var file = GoldenFile.Open("requests", client, name);
        // Three ways to treat marks make three outcomes where there are marks, one elsewhere.
        CacheMarks[] marks = name.StartsWith("cache", StringComparison.Ordinal) ? [CacheMarks.Refuse, CacheMarks.Ignore, CacheMarks.Keep] : [CacheMarks.Refuse];
        file.Check(
            from provider in Bench.Providers.Keys.Append(ChatClientWords.Name).Order(StringComparer.Ordinal)
            where provider != client
            from mark in provider == "messages" ? [CacheMarks.Refuse] : marks
            select (marks.Length == 1 ? provider : $"{provider} {mark}", Outcome(() =>
            {
                var request = Bench.Clients[client].ReadRequest(Bench.Bytes(file.Input));
                return Bench.Indent(Bench.Bytes(provider == ChatClientWords.Name ? ChatClientWords.Request(request, mark) : Bench.Request(Bench.Providers[provider], request, mark)));
            })));
    }

    [Theory]
    [MemberData(nameof(AnswerCases))]
    public void An_answer_reaches_every_client_as_recorded(string provider, string name)
    {
        var file = GoldenFile.Open("answers", provider, name);
        if (name.StartsWith("error", StringComparison.Ordinal))
        {
            file.Check([("error", Bench.Providers[provider].ReadError(Bench.Bytes(file.Input)).ToString())]);
            return;
        }

        file.Check(
            from client in Bench.Clients
            where client.Key != provider
            select (client.Key, Outcome(() => Bench.Indent(Bench.Answer(
                client.Value, provider == ChatClientWords.Name ? ChatClientWords.Answer(file.Input) : Bench.Providers[provider].ReadAnswer(Bench.Bytes(file.Input)))))));
    }

    [Theory]
    [MemberData(nameof(StreamCases))]
    public void A_stream_reaches_every_client_as_recorded(string provider, string name)
    {
        var file = GoldenFile.Open("streams", provider, name);
        var input = Bench.Bytes(file.Input.TrimEnd('\n') + "\n\n");
        List<ChatEvent> steps = [];
        var fault = Outcome(() =>
        {
            if (provider == ChatClientWords.Name) ChatClientWords.Read(file.Input, steps);
            else steps = Bench.Steps(Bench.Providers[provider], input);
            return string.Join('\n', steps.Select(Bench.Describe));
        });
        file.Check(
            [
                ("steps", fault),
                .. from client in Bench.Clients where client.Key != provider select (client.Key, Bench.Stream(client.Value, steps)),
            ]);
    }

    [Theory]
    [MemberData(nameof(CutCases))]
    public void A_stream_says_the_same_wherever_its_bytes_are_cut(string provider, string name)
    {
        var bytes = Bench.Bytes(GoldenFile.Open("streams", provider, name).Input.TrimEnd('\n') + "\n\n");
        var whole = Outcome(() => string.Join('\n', Bench.Steps(Bench.Providers[provider], bytes).Select(Bench.Describe)));

        for (var at = 0; at <= bytes.Length; at++)
            Outcome(() => string.Join('\n', Bench.Steps(Bench.Providers[provider], bytes[..at], bytes[at..]).Select(Bench.Describe))).ShouldBe(whole, $"cut at {at}");
        Outcome(() => string.Join('\n', Bench.Steps(Bench.Providers[provider], [.. bytes.Select(single => new[] { single })]).Select(Bench.Describe))).ShouldBe(whole);
    }

    [Theory]
    [MemberData(nameof(ClientCases))]
    public void A_chat_clients_stream_says_the_same_character_by_character(string name)
    {
        var input = GoldenFile.Open("streams", ChatClientWords.Name, name).Input;
        List<ChatEvent> whole = [], pieces = [];

        ChatClientWords.Read(input, whole);
        ChatClientWords.Read(input, pieces, byCharacter: true);

        pieces.Count.ShouldBeGreaterThanOrEqualTo(whole.Count);
        Bench.Built(pieces).ShouldBe(Bench.Built(whole));
    }

    // Only the refusals that are meant: any other exception fails the test.
    private static string Outcome(Func<string> convert)
    {
        try
        {
            return convert();
        }
        catch (ConversionException exception)
        {
            return "refused: " + exception.Message;
        }
    }
}
