namespace Systemprompt.Analytics;

/// <summary>
/// Callers that are no person at a browser, by what they call themselves. One that pretends to be a browser is not found, and none has a reason to
/// claim to be a bot: so the mark is good for leaving machines out of counts, not for keeping anybody out.
/// </summary>
internal static class KnownBots
{
    /// <summary>It says nothing of itself; browsers do.</summary>
    public const string Unnamed = "unnamed";

    /// <summary>Part of a user-agent in lower case, and the name it stands for. The first that is found counts.</summary>
    private static readonly (string Token, string Name)[] Named =
    [
        // Search.
        ("googlebot", "Googlebot"), ("google-extended", "Google-Extended"), ("googleother", "GoogleOther"), ("adsbot-google", "AdsBot-Google"), ("google-inspectiontool", "Google-InspectionTool"),
        ("bingbot", "Bingbot"), ("bingpreview", "BingPreview"), ("yandex", "YandexBot"), ("baiduspider", "Baiduspider"), ("duckduckbot", "DuckDuckBot"), ("duckassistbot", "DuckAssistBot"),
        ("applebot", "Applebot"), ("petalbot", "PetalBot"), ("seznambot", "SeznamBot"), ("qwantbot", "Qwantbot"), ("sogou", "Sogou"), ("slurp", "Yahoo! Slurp"), ("ia_archiver", "Internet Archive"),
        // AI.
        ("gptbot", "GPTBot"), ("oai-searchbot", "OAI-SearchBot"), ("chatgpt-user", "ChatGPT-User"), ("claudebot", "ClaudeBot"), ("claude-user", "Claude-User"), ("claude-searchbot", "Claude-SearchBot"),
        ("anthropic-ai", "anthropic-ai"), ("perplexitybot", "PerplexityBot"), ("perplexity-user", "Perplexity-User"), ("ccbot", "CCBot"), ("bytespider", "Bytespider"), ("amazonbot", "Amazonbot"),
        ("meta-externalagent", "Meta-ExternalAgent"), ("mistralai-user", "MistralAI-User"), ("cohere-ai", "cohere-ai"), ("youbot", "YouBot"), ("diffbot", "Diffbot"),
        // Link previews.
        ("facebookexternalhit", "Facebook"), ("twitterbot", "Twitterbot"), ("linkedinbot", "LinkedInBot"), ("slackbot", "Slackbot"), ("slack-imgproxy", "Slackbot"), ("discordbot", "Discordbot"),
        ("telegrambot", "TelegramBot"), ("whatsapp", "WhatsApp"), ("skypeuripreview", "Skype"), ("pinterest", "Pinterest"), ("redditbot", "Redditbot"), ("embedly", "Embedly"), ("mastodon", "Mastodon"),
        // Measuring and watching.
        ("ahrefsbot", "AhrefsBot"), ("semrushbot", "SemrushBot"), ("mj12bot", "MJ12bot"), ("dotbot", "DotBot"), ("dataforseobot", "DataForSeoBot"), ("screaming frog", "Screaming Frog"),
        ("uptimerobot", "UptimeRobot"), ("pingdom", "Pingdom"), ("statuscake", "StatusCake"), ("betteruptime", "Better Uptime"), ("site24x7", "Site24x7"), ("kube-probe", "kube-probe"),
        ("googlehc", "GoogleHC"), ("elb-healthchecker", "ELB-HealthChecker"), ("prometheus", "Prometheus"), ("chrome-lighthouse", "Lighthouse"), ("w3c_validator", "W3C Validator"),
        // Browsers that programs drive.
        ("headlesschrome", "Headless Chrome"), ("phantomjs", "PhantomJS"), ("puppeteer", "Puppeteer"), ("playwright", "Playwright"), ("selenium", "Selenium"), ("cypress", "Cypress"),
        // Feed readers.
        ("feedly", "Feedly"), ("feedbin", "Feedbin"), ("newsblur", "NewsBlur"), ("inoreader", "Inoreader"), ("miniflux", "Miniflux"), ("tiny tiny rss", "Tiny Tiny RSS"),
    ];

    /// <summary>Libraries and tools: at the beginning of a user-agent.</summary>
    private static readonly string[] Tools =
    [
        "curl", "wget", "httpie", "python-requests", "python-urllib", "python-httpx", "aiohttp", "python", "go-http-client", "java", "okhttp", "apache-httpclient", "libwww-perl", "lwp", "php", "guzzlehttp",
        "ruby", "faraday", "axios", "node-fetch", "node", "undici", "got", "superagent", "deno", "bun", "postmanruntime", "insomnia", "dart", "reqwest", "hyper", "rust", "dotnet", "powershell",
        "winhttp", "scrapy", "nutch", "nikto", "sqlmap", "zgrab", "masscan", "nmap", "nuclei", "gobuster", "wrk", "ab", "apachebench", "k6", "vegeta", "hey", "jmeter",
    ];

    private static readonly string[] Words = ["bot", "crawl", "spider", "scrap", "fetcher", "monitor", "validator", "archiver", "+http"];

    /// <summary>The bot's name; null when it looks like a browser, or like an application that is none of these.</summary>
    public static string? Find(string userAgent)
    {
        var text = userAgent.ToLowerInvariant();
        foreach (var (token, name) in Named)
            if (text.Contains(token, StringComparison.Ordinal)) return name;
        var first = text.AsSpan(0, text.AsSpan().IndexOfAny(" /(;") is >= 0 and var end ? end : text.Length);
        foreach (var tool in Tools)
            if (first.SequenceEqual(tool)) return tool;
        // A make of telephones.
        text = text.Replace("cubot", "", StringComparison.Ordinal);
        foreach (var word in Words)
            if (text.Contains(word, StringComparison.Ordinal)) return "other";
        return null;
    }
}
