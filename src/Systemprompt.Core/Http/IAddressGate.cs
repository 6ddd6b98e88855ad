using System.Net;

namespace Systemprompt.Http;

/// <summary>Looks at a client's address before anything else does: a room's seam to turn some away. On every request: no I/O.</summary>
internal interface IAddressGate
{
    /// <summary>Null to let pass.</summary>
    PendingRefusal? Judge(IPAddress address);
}
