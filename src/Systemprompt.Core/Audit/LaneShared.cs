using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;
using Systemprompt.Audit.Journal;

namespace Systemprompt.Audit;

/// <summary>What the lanes of one process share.</summary>
internal sealed record LaneShared(
    NpgsqlDataSource Database,
    AuditSettings Settings,
    WriterOrigin Origin,
    TimeProvider Clock,
    ChannelReader<PendingCommit> Queue,
    Outstanding Outstanding,
    AuditState State,
    WriterLease Lease,
    AuditJournal Journal,
    ILogger Logger);
