using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Ai;

/// <summary>The profile section <c>ai</c>: which model providers there are, which models they serve and at what price.</summary>
internal sealed record AiSettings
{
    [Description("Model providers by name. A provider whose api_key is unset is listed as disabled.")]
    public IReadOnlyDictionary<string, ProviderSettings> Providers { get; init; } = new Dictionary<string, ProviderSettings>();

    [Description("Routes by name: which calls go where, with others to ask when one fails. A call that no route takes goes to the provider that lists its model.")]
    public IReadOnlyDictionary<string, RouteSettings> Routes { get; init; } = new Dictionary<string, RouteSettings>();

    [Description("Largest request body taken on /v1/messages, /v1/chat/completions and /v1/responses, after decompression. A larger one is answered 413.")]
    public ByteSize MaxRequestBody { get; init; } = ByteSize.Megabytes(32);

    [Description("Largest answer taken from a provider that does not stream. A larger one is answered 502.")]
    public ByteSize MaxResponseBody { get; init; } = ByteSize.Megabytes(32);

    [Description("All request bodies held in memory at one time. Beyond it a call is answered 529 with Retry-After.")]
    public ByteSize MaxBodyMemory { get; init; } = ByteSize.Megabytes(512);

    [Description("Request headers that name the project a call counts for; the first that is there is taken, else what the access key says. OpenAI's SDKs send openai-project. They are not passed on.")]
    public IReadOnlyList<string> ProjectHeaders { get; init; } = ["x-project", "openai-project"];

    public void Validate(SettingsFaults faults, IReadOnlyList<Extension> extensions)
    {
        if (ProjectHeaders.Count > 8) faults.Add("project_headers", "must be 8 at most");
        for (var i = 0; i < ProjectHeaders.Count; i++)
            if (UpstreamHeaders.WhyNotForwarded(ProjectHeaders[i]) is { } reason) faults.Add($"project_headers[{i}]", reason);
        if (MaxRequestBody.Bytes is < 1024 or > 256L << 20) faults.Add("max_request_body", "must lie between 1KB and 256MB");
        if (MaxResponseBody.Bytes is < 1024 or > 256L << 20) faults.Add("max_response_body", "must lie between 1KB and 256MB");
        if (MaxBodyMemory.Bytes < MaxRequestBody.Bytes) faults.Add("max_body_memory", "must not be less than max_request_body");
        foreach (var (name, provider) in Providers) provider.Validate($"providers.{name}", faults, extensions);
        foreach (var (name, provider) in Providers)
            if (provider.Models.Count == 0 && !Routes.Values.Any(route => route.To.Any(target => RouteSettings.Split(target).Provider == name)))
                faults.Add($"providers.{name}.models", "must name at least one model, such as claude-*, unless a route leads to the provider");
        foreach (var (name, route) in Routes) route.Validate($"routes.{name}", Providers, faults, extensions);
    }
}

/// <summary>The protocol a provider speaks.</summary>
internal enum Wire
{
    /// <summary>Anthropic's Messages API.</summary>
    Anthropic,

    /// <summary>Built in, no network: answers with the last user text.</summary>
    Echo,

    /// <summary>OpenAI's Chat Completions, as most servers speak it.</summary>
    OpenaiChat,

    /// <summary>OpenAI's Responses.</summary>
    OpenaiResponses,

    /// <summary>Google's generateContent; calls are converted.</summary>
    Gemini,

    /// <summary>A chat client that an extension brings; calls are converted.</summary>
    ChatClient,
}

/// <summary>One provider in the profile.</summary>
internal sealed record ProviderSettings
{
    [Required]
    [Description("The protocol it speaks: anthropic, openai_chat, openai_responses, gemini, chat_client (an extension's own, named by client), or echo (built in, answers with the last user text). Bytes pass through to clients that speak the same; other calls are converted.")]
    public Wire Wire { get; init; }

    [Description("Name of the chat client that an extension of this binary brings, for wire chat_client; 'extensions show ID' prints an extension's.")]
    public string? Client { get; init; }

    [Description("Off lists the provider as disabled; its models are then not found.")]
    public bool Enabled { get; init; } = true;

    [Description("Base address. For anthropic without the version, such as https://api.anthropic.com; for the others with it, such as https://api.openai.com/v1. Wires echo and chat_client have none.")]
    public string? Endpoint { get; init; }

    [Secret]
    [Description("The provider's key, from a variable or a file. Unset disables the provider.")]
    public string? ApiKey { get; init; }

    [Description("Name of a secret that holds the key instead: 'admin secrets set NAME'. A change counts from the next call.")]
    public string? ApiKeySecret { get; init; }

    [Description("True for a server that wants no key, such as one inside the own network. It is sent none.")]
    public bool Keyless { get; init; }

    [Description("What becomes of a call that marks its prompt for caching (cache_control), where the provider's protocol has no such marks: refuse it, ignore the marks, or keep them for a server that understands them (openai_chat only). Claude Code marks every call.")]
    public CacheMarks CacheMarks { get; init; }

    [Description("Whether the model is told how hard to think, in calls that are converted: models that do not think refuse such a call, and Claude Code says it in every one. auto: for openai_chat, openai_responses and gemini only to models known by their names to think (o1, o3, o4, gpt-5 and later, gpt-oss, gemini-2.5 and later); send: to every model; ignore: to none.")]
    public ThinkingMode Thinking { get; init; }

    [Description("Streams of openai_chat say their usage only when asked. On: the gateway asks where the client does not, and keeps the extra chunk from it. Off, for servers that refuse stream_options: such calls have no usage and no cost.")]
    public bool AskUsage { get; init; } = true;

    [Description("Model ids it serves: exact, or with one * at the end, such as claude-*. Exact wins over patterns, longer patterns over shorter.")]
    public IReadOnlyList<string> Models { get; init; } = [];

    [Description("Prices by model id or pattern; they go before the prices in the binary.")]
    public IReadOnlyDictionary<string, PriceSettings> Prices { get; init; } = new Dictionary<string, PriceSettings>();

    [Description("Longest wait for a connection.")]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    [Description("Longest wait for the answer to begin. A model that does not stream answers only when it is done.")]
    public TimeSpan FirstByteTimeout { get; init; } = TimeSpan.FromMinutes(10);

    [Description("Longest silence inside an answer.")]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    [Description("How often a call is repeated when the provider cannot be reached, is overloaded or fails before its answer has begun; waits half a second at most, doubling, by chance (full jitter), or as Retry-After says up to 10 s. The clients of both vendors repeat calls themselves, so 0 is the default.")]
    public int Retries { get; init; }

    [Description("Most calls at one time; one more goes to the route's next provider, or is answered 529. 0 sets no limit. Counted in each replica.")]
    public int MaxConcurrent { get; init; }

    [Description("Calls within 30 seconds of which half must fail for the provider to be left alone; 0 never leaves it alone.")]
    public int BreakAfter { get; init; } = 20;

    [Description("How long it is then left alone, before one call tries again.")]
    public TimeSpan BreakFor { get; init; } = TimeSpan.FromSeconds(15);

    [Description("HTTP proxy to reach the endpoint by, such as http://proxy:3128. Unset means a direct connection; HTTPS_PROXY is not read.")]
    public string? Proxy { get; init; }

    [Description("Request headers to forward besides those of the protocol that client and provider share: anthropic-*, x-stainless-*, x-claude-code-*, x-app of Anthropic's, x-stainless-*, x-codex-*, openai-beta, originator and session ids of OpenAI's; user-agent, content-type and accept.")]
    public IReadOnlyList<string> ForwardHeaders { get; init; } = [];

    [Description("Whether the provider is told the trace that a call belongs to (W3C traceparent). Off: nothing of a trace leaves.")]
    public bool SendTraceparent { get; init; }

    public void Validate(string path, SettingsFaults faults, IReadOnlyList<Extension> extensions)
    {
        for (var i = 0; i < Models.Count; i++)
            if (!ModelPattern.IsValid(Models[i]))
                faults.Add($"{path}.models[{i}]", "must be a model id, or the beginning of one followed by a single * at the end");
        foreach (var (model, price) in Prices)
        {
            if (!ModelPattern.IsValid(model)) faults.Add($"{path}.prices.{model}", "must be a model id or a pattern such as claude-*");
            price.Validate($"{path}.prices.{model}", faults);
        }

        for (var i = 0; i < ForwardHeaders.Count; i++)
            if (UpstreamHeaders.WhyNotForwarded(ForwardHeaders[i]) is { } reason) faults.Add($"{path}.forward_headers[{i}]", reason);
        foreach (var (key, wait) in new[] { ("connect_timeout", ConnectTimeout), ("first_byte_timeout", FirstByteTimeout), ("idle_timeout", IdleTimeout) })
            if (wait < TimeSpan.FromMilliseconds(100) || wait > TimeSpan.FromHours(1)) faults.Add($"{path}.{key}", "must lie between 100ms and 1h");
        if (Retries is < 0 or > 10) faults.Add($"{path}.retries", "must lie between 0 and 10");
        if (MaxConcurrent < 0) faults.Add($"{path}.max_concurrent", "must not be negative");
        if (BreakAfter is < 0 or 1) faults.Add($"{path}.break_after", "must be 0, or at least 2");
        if (BreakFor < TimeSpan.FromSeconds(1) || BreakFor > TimeSpan.FromHours(1)) faults.Add($"{path}.break_for", "must lie between 1s and 1h");
        if (CacheMarks == CacheMarks.Keep && Wire != Wire.OpenaiChat) faults.Add($"{path}.cache_marks", "keep is for wire openai_chat; anthropic keeps them anyway");
        if (Wire == Wire.ChatClient) ValidateClient(path, faults, extensions);
        else if (Client is { Length: > 0 }) faults.Add($"{path}.client", "is for wire chat_client");
        if (Wire is Wire.Echo or Wire.ChatClient) return;
        if (Keyless && (ApiKey is { Length: > 0 } || ApiKeySecret is { Length: > 0 })) faults.Add($"{path}.keyless", "stands beside a key; remove one of them");
        if (Keyless && Wire == Wire.Anthropic) faults.Add($"{path}.keyless", "is for wires other than anthropic");
        if (ApiKey is { Length: > 0 } && ApiKeySecret is { Length: > 0 }) faults.Add($"{path}.api_key_secret", "stands beside api_key; a provider has one key, so remove one of them");
        if (!IsBaseAddress(Endpoint)) faults.Add($"{path}.endpoint", "must be an http or https address without user, query or fragment, such as https://api.anthropic.com");
        if (Proxy is { Length: > 0 } && !IsBaseAddress(Proxy)) faults.Add($"{path}.proxy", "must be an http address, such as http://proxy:3128");
        if (ApiKey is { } key2 && key2.AsSpan().ContainsAnyExceptInRange('!', '~'))
            faults.Add($"{path}.api_key", "holds a blank, a line break or another character that no key has; look at the variable or file it comes from");
    }

    private void ValidateClient(string path, SettingsFaults faults, IReadOnlyList<Extension> extensions)
    {
        List<string> clients = [.. extensions.SelectMany(extension => extension.ChatClients).Select(client => client.Name)];
        if (Client is not { Length: > 0 }) faults.Add($"{path}.client", $"must name the chat client of an extension{ExtensionNames.Known(clients)}");
        else if (!clients.Contains(Client)) faults.Add($"{path}.client", ExtensionNames.Unknown("chat client", Client, clients));
        foreach (var (key, given) in new[]
        {
            ("endpoint", Endpoint is { Length: > 0 }), ("api_key", ApiKey is { Length: > 0 }), ("api_key_secret", ApiKeySecret is { Length: > 0 }), ("keyless", Keyless),
            ("proxy", Proxy is { Length: > 0 }), ("forward_headers", ForwardHeaders.Count > 0), ("send_traceparent", SendTraceparent), ("ask_usage", !AskUsage),
        })
            if (given) faults.Add($"{path}.{key}", "is not for wire chat_client: how its model is reached is the extension's own business; remove it");
    }

    private static bool IsBaseAddress(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
        && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0;
}

/// <summary>A price in the profile, in microdollars per million tokens: 3 dollars per million tokens are 3000000.</summary>
internal sealed record PriceSettings
{
    [Required]
    [Description("Input tokens that no cache was used for, in microdollars per million tokens.")]
    public long Input { get; init; }

    [Required]
    [Description("Output tokens, in microdollars per million tokens.")]
    public long Output { get; init; }

    [Description("Tokens written to the cache for 5 minutes. Default: 1.25 times input.")]
    public long? CacheWrite { get; init; }

    [Description("Tokens written to the cache for an hour. Default: 2 times input.")]
    public long? CacheWriteHour { get; init; }

    [Description("Tokens read from the cache. Default: a tenth of input.")]
    public long? CacheRead { get; init; }

    [Description("What the whole call costs instead when its prompt is longer than a bound. Unset: the same at any length.")]
    public LongPromptSettings? LongPrompt { get; init; }

    public void Validate(string path, SettingsFaults faults)
    {
        CheckPrices(path, faults, ("input", Input), ("output", Output), ("cache_write", CacheWrite), ("cache_write_hour", CacheWriteHour), ("cache_read", CacheRead));
        LongPrompt?.Validate($"{path}.long_prompt", faults);
    }

    internal static void CheckPrices(string path, SettingsFaults faults, params ReadOnlySpan<(string Key, long? Price)> prices)
    {
        foreach (var (key, price) in prices)
            if (price is < 0 or > ModelPrice.Highest) faults.Add($"{path}.{key}", $"must lie between 0 and {ModelPrice.Highest} microdollars per million tokens");
    }
}

/// <summary>The price of a call with a long prompt in the profile, in microdollars per million tokens.</summary>
internal sealed record LongPromptSettings
{
    [Required]
    [Description("The longest prompt that has the usual price, in tokens: input, and what the cache gave or was given, together.")]
    public long AboveTokens { get; init; }

    [Required]
    [Description("Input tokens that no cache was used for, in microdollars per million tokens.")]
    public long Input { get; init; }

    [Required]
    [Description("Output tokens, in microdollars per million tokens.")]
    public long Output { get; init; }

    [Description("Tokens written to the cache for 5 minutes. Default: 1.25 times this input.")]
    public long? CacheWrite { get; init; }

    [Description("Tokens written to the cache for an hour. Default: 2 times this input.")]
    public long? CacheWriteHour { get; init; }

    [Description("Tokens read from the cache. Default: a tenth of this input.")]
    public long? CacheRead { get; init; }

    public void Validate(string path, SettingsFaults faults)
    {
        if (AboveTokens < 1) faults.Add($"{path}.above_tokens", "must be at least 1: the longest prompt that has the usual price, such as 200000");
        PriceSettings.CheckPrices(path, faults, ("input", Input), ("output", Output), ("cache_write", CacheWrite), ("cache_write_hour", CacheWriteHour), ("cache_read", CacheRead));
    }
}
