using Systemprompt.Extensions;

namespace Systemprompt.Content;

/// <summary>Takes content in, on whichever process runs it.</summary>
internal sealed class IngestJob(ContentIngest ingest) : Job<NoArgs>
{
    public static readonly JobKind<NoArgs> Kind = new("content.ingest");

    public override async Task RunAsync(NoArgs args, JobContext context, CancellationToken cancellationToken)
    {
        var report = await ingest.RunAsync(cancellationToken);
        var files = report.Same + report.Changes;
        context.Report(files, files + report.Faults.Count, $"{report.Changes} changes, {report.Faults.Count} faults");
    }
}

/// <summary>What is dated in the future shows by itself when its time comes; this lets its words be suggested from then on.</summary>
internal sealed class DueJob(ContentIngest ingest) : Job<NoArgs>
{
    public static readonly JobKind<NoArgs> Kind = new("content.due");

    public override Task RunAsync(NoArgs args, JobContext context, CancellationToken cancellationToken) => ingest.CountDueAsync(cancellationToken);
}
