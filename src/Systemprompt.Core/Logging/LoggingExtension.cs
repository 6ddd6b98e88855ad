using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Hosting;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Logging;

/// <summary>
/// Log lines on the console and in the database. The console: text for people, JSON for shippers, the tenant on each, through the framework's bounded
/// queue, so that a slow terminal never blocks a request: lines are left out and counted; the CLI sends the same lines to stderr, since stdout is for results.
/// </summary>
/// <remarks>
/// The database: <see cref="DatabaseLoggerProvider"/> puts a line without its secrets (<see cref="LogRedactor"/>) and with the request it belongs to
/// into a bounded queue (<see cref="LogQueue"/>), and <see cref="LogWriter"/> copies batches into tables by day: what somebody should look at is
/// kept longer than the rest. A line that has no place in the queue is dropped and counted; nobody waits, and nothing here logs about itself but the
/// count of what was dropped, every few seconds at most.
/// </remarks>
[Extension("logging", Description = "Log lines on the console, as text or JSON, and in the database.")]
internal sealed class LoggingExtension : CoreExtension
{
    public override IReadOnlyList<string> Dependencies => ["database"];

    public override int Priority => 10;

    public override bool IsRequired => true;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<LoggingSettings>("logging", Validate)];

    public override IReadOnlyList<HealthCheckRegistration> HealthChecks =>
        [new("logging", HealthReports.OnceStarted(static services => services.GetRequiredService<LogHealthCheck>()), HealthStatus.Degraded, [HealthReports.ServerOnly])];

    public override IReadOnlyList<JobRegistration> Jobs =>
        [new JobRegistration<LogProbeJob, LogProbeArgs>(LogProbeJob.Kind) { Description = "Writes log lines, to see where they arrive and what many of them do." }];

    public override IReadOnlyList<RetentionRule> Retention =>
    [
        new("logging.details", static profile => profile.Section<LoggingSettings>().Store.KeepDetails),
        new("logging.alerts", static profile => profile.Section<LoggingSettings>().Store.KeepAlerts),
    ];

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
        services.AddSingleton(_ => profile.Section<LoggingSettings>());
        services.AddSingleton(_ => new LogQueue(profile.Section<LoggingSettings>().Store.Queue));
        services.AddSingleton<ILoggerProvider, DatabaseLoggerProvider>();
        services.AddSingleton<LogStore>();
        services.AddSingleton<LogWriter>();
        services.AddSingleton<LogHealthCheck>();
        services.AddSingleton<LoggingMetrics>();
        services.AddSingleton<IConfigureOptions<ConsoleLoggerOptions>>(new ConfigureOptions<ConsoleLoggerOptions>(options =>
        {
            options.FormatterName = profile.Section<LoggingSettings>().Format == LogFormat.Json ? JsonLineFormatter.FormatterName : TextLineFormatter.FormatterName;
            // Whoever reads the console may stop reading. Requests do not wait for that; the framework says how many lines it left out.
            options.MaxQueueLength = 10_000;
            options.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
        }));
    }

    public override void MapRoutes(RouteMap routes) => LoggingEndpoints.Map(routes);

    public override void MapCommands(CommandMap commands) => LoggingCommands.Map(commands);

    public override ValueTask StartAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        services.GetRequiredService<LoggingMetrics>();
        if (services.GetRequiredService<LoggingSettings>().Store.Enabled) services.GetRequiredService<LogWriter>().Start();
        return ValueTask.CompletedTask;
    }

    public override ValueTask StopAsync(IServiceProvider services, CancellationToken cancellationToken) =>
        services.GetRequiredService<LoggingSettings>().Store.Enabled ? services.GetRequiredService<LogWriter>().DisposeAsync() : ValueTask.CompletedTask;

    private static void Validate(LoggingSettings settings, SettingsFaults faults)
    {
        if (settings.Store.KeepDetails < TimeSpan.FromHours(1)) faults.Add("store.keep_details", "must be at least 1h");
        if (settings.Store.KeepAlerts < TimeSpan.FromHours(1)) faults.Add("store.keep_alerts", "must be at least 1h");
    }

    internal static LogLevel Level(LogVerbosity verbosity) => verbosity switch
    {
        LogVerbosity.Trace => LogLevel.Trace,
        LogVerbosity.Debug => LogLevel.Debug,
        LogVerbosity.Info => LogLevel.Information,
        LogVerbosity.Warning => LogLevel.Warning,
        _ => LogLevel.Error,
    };
}
