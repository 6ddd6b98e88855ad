using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Systemprompt.Extensions;
using Systemprompt.Profiles;

namespace Systemprompt.Logging;

/// <summary>
/// Log lines on the console: text for people, JSON for shippers, the tenant on each. It writes through the framework's bounded console
/// queue, so that a slow terminal never blocks a request for long. The CLI sends the same lines to stderr, since stdout is for results.
/// </summary>
[Extension("logging", Description = "Log lines on the console, as text or JSON, each with the tenant.")]
internal sealed class LoggingExtension : CoreExtension
{
    public override int Priority => 10;

    public override bool IsRequired => true;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<LoggingSettings>("logging")];

    public override void ConfigureServices(IServiceCollection services, Profile profile)
    {
        services.AddLogging(logging =>
        {
            logging.ClearProviders();
            logging.AddConsole();
            logging.AddConsoleFormatter<JsonLineFormatter, ConsoleFormatterOptions>();
            logging.AddConsoleFormatter<TextLineFormatter, ConsoleFormatterOptions>();
        });
        services.AddSingleton<IConfigureOptions<LoggerFilterOptions>>(new ConfigureOptions<LoggerFilterOptions>(options =>
        {
            var settings = profile.Section<LoggingSettings>();
            options.MinLevel = Level(settings.Level);
            options.Rules.Add(new LoggerFilterRule(null, "Microsoft.", Level(settings.FrameworkLevel), null));
            // With its dot: a rule covers every category that begins like it, and ours begin with "System" too.
            options.Rules.Add(new LoggerFilterRule(null, "System.", Level(settings.FrameworkLevel), null));
            // The driver logs every failed connection attempt; the database room says the same once, in words.
            options.Rules.Add(new LoggerFilterRule(null, "Npgsql", LogLevel.None, null));
        }));
        services.AddSingleton<IConfigureOptions<ConsoleLoggerOptions>>(new ConfigureOptions<ConsoleLoggerOptions>(options =>
            options.FormatterName = profile.Section<LoggingSettings>().Format == LogFormat.Json ? JsonLineFormatter.FormatterName : TextLineFormatter.FormatterName));
    }

    private static LogLevel Level(LogVerbosity verbosity) => verbosity switch
    {
        LogVerbosity.Trace => LogLevel.Trace,
        LogVerbosity.Debug => LogLevel.Debug,
        LogVerbosity.Info => LogLevel.Information,
        LogVerbosity.Warning => LogLevel.Warning,
        _ => LogLevel.Error,
    };
}
