using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;

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
    ILogger Logger);
