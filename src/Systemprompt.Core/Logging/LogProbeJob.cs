using Microsoft.Extensions.Logging;
using Systemprompt.Extensions;

namespace Systemprompt.Logging;

/// <summary>What <see cref="LogProbeJob"/> is told.</summary>
/// <param name="Lines">How many lines.</param>
/// <param name="PerSecond">How many a second; 0 writes them as fast as it can.</param>
/// <param name="Text">Something that each line holds.</param>
internal sealed record LogProbeArgs(int Lines = 1, int PerSecond = 0, string Text = "");

/// <summary>Writes log lines: to see that they arrive where they should, what a shipper makes of them, and what a storm of them does to everything else.</summary>
internal sealed partial class LogProbeJob(TimeProvider clock, ILogger<LogProbeJob> logger) : Job<LogProbeArgs>
{
    public static readonly JobKind<LogProbeArgs> Kind = new("logging.probe");
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);

    public override async Task RunAsync(LogProbeArgs args, JobContext context, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        using var timer = new PeriodicTimer(Beat, clock);
        for (var line = 1; line <= args.Lines; line++)
        {
            Probe(logger, line, args.Lines, args.Text);
            while (args.PerSecond > 0 && line > clock.GetElapsedTime(began).TotalSeconds * args.PerSecond) await timer.WaitForNextTickAsync(cancellationToken);
            if (line % 1000 != 0) continue;
            cancellationToken.ThrowIfCancellationRequested();
            context.Report(line, args.Lines, null);
        }
    }

    [LoggerMessage(2303, LogLevel.Information, "Probe line {Line} of {Lines}: {Text}")]
    private static partial void Probe(ILogger logger, int line, int lines, string text);
}
