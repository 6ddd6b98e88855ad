namespace Systemprompt.Audit.Bodies;

/// <summary>Somebody looked at the bodies of a call.</summary>
internal sealed class BodyAccessRow : AuditRow
{
    public static readonly AuditTable Accesses = new("audit.accesses", "at", ["id", "at", "tenant", "request_id", "host", "actor_digest"]) { PersonalColumns = ["actor"] };

    public required Guid Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Tenant { get; init; }

    /// <summary>Whose bodies.</summary>
    public required Guid RequestId { get; init; }

    /// <summary>On which machine.</summary>
    public required string Host { get; init; }

    /// <summary>Who, as the machine knows him. Personal.</summary>
    public required string Actor { get; init; }

    public override AuditTable Table => Accesses;

    public override void Write(ref CopyTuple tuple)
    {
        tuple.Uuid(Id);
        tuple.Time(At);
        tuple.Text(Tenant);
        tuple.Uuid(RequestId);
        tuple.Text(Host);
        tuple.Digest(Id, Actor);
    }

    public override void WritePersonal(ref CopyTuple tuple) => tuple.Text(Actor);
}
