using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Systemprompt.Ai;
using Systemprompt.Audit;
using Systemprompt.Audit.Bodies;
using Systemprompt.Extensions;
using Systemprompt.Governance;
using Systemprompt.Security;

namespace Systemprompt.Core.Tests.Audit;

/// <summary>What of each table the hash chain covers.</summary>
public sealed class AuditTableTests
{
    private static readonly Guid Id = new("01a21514-7212-7779-b26a-24d10ded2c3c");

    [Fact]
    public void Whatever_is_recorded_is_covered_but_names_and_what_budgets_keep_for_themselves()
    {
        string.Join(' ', OpenedRow.Requests.PersonalColumns).ShouldBe("user_id client_address budget_replica budgets");
        SettledRow.Requests.PersonalColumns.ShouldBeEmpty();
        string.Join(' ', DecisionRow.Decisions.PersonalColumns).ShouldBe("user_id client_address");
        string.Join(' ', BodyAccessRow.Accesses.PersonalColumns).ShouldBe("actor");
    }

    [Fact]
    public void Every_digest_is_that_of_one_personal_column()
    {
        Digests(OpenedRow.Requests).ShouldBe("user_digest: user_id, client_digest: client_address");
        Digests(SettledRow.Requests).ShouldBeEmpty();
        Digests(DecisionRow.Decisions).ShouldBe("user_digest: user_id, client_digest: client_address");
        Digests(BodyAccessRow.Accesses).ShouldBe("actor_digest: actor");
    }

    [Fact]
    public void A_row_writes_as_many_fields_as_its_table_has_columns()
    {
        foreach (var row in Rows())
        {
            var (covered, personal) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
            var tuple = new CopyTuple(covered);
            row.Write(ref tuple);
            var rest = new CopyTuple(personal);
            row.WritePersonal(ref rest);

            Fields(covered.WrittenSpan).ShouldBe(row.Table.Columns.Count, row.Table.Name);
            Fields(personal.WrittenSpan).ShouldBe(row.Table.PersonalColumns.Count, row.Table.Name);
        }
    }

    [Fact]
    public void A_digest_fits_the_stored_value_and_no_other()
    {
        var digest = new byte[PersonalDigest.Size];
        PersonalDigest.Compute(Id, "alice", digest);

        PersonalDigest.Fits(Id.ToByteArray(bigEndian: true), "alice"u8, digest).ShouldBeTrue();
        PersonalDigest.Fits(Id.ToByteArray(bigEndian: true), "bob"u8, digest).ShouldBeFalse();
        PersonalDigest.Fits(Guid.Empty.ToByteArray(bigEndian: true), "alice"u8, digest).ShouldBeFalse();
        PersonalDigest.Fits(Id.ToByteArray(bigEndian: true), ""u8, []).ShouldBeFalse();
    }

    [Fact]
    public void The_chain_begins_with_the_label_that_the_page_names()
    {
        byte[] beginning = [.. "systemprompt audit chain 2"u8, .. Id.ToByteArray(bigEndian: true)];

        beginning.Length.ShouldBe(26 + 16);
        AuditHash.Genesis(Id).ShouldBe(SHA256.HashData(beginning));
    }

    private static IEnumerable<AuditRow> Rows()
    {
        var opened = new OpenedRow
        {
            Id = Id,
            OpenedAt = DateTimeOffset.UnixEpoch,
            Tenant = "tests",
            Principal = new Principal { Subject = "alice", Tier = Tier.User, TokenId = "token-1" },
            TraceId = "trace",
        };
        yield return opened;
        yield return new OpenedRow
        {
            Id = Id,
            OpenedAt = DateTimeOffset.UnixEpoch,
            Tenant = "tests",
            Principal = opened.Principal,
            TraceId = "trace",
            Tools = "[]"u8.ToArray(),
            Budgets = "[]"u8.ToArray(),
            BudgetReplica = Id,
            Project = "apollo",
            Decision = new PolicyDecision(PolicyOutcome.Pass, null, null, null, [new PolicyStep("scope", PolicyOutcome.Pass, 3)]),
        };
        yield return new SettledRow { Id = Id, OpenedAt = DateTimeOffset.UnixEpoch, CompletedAt = DateTimeOffset.UnixEpoch, Status = CallStatus.Completed };
        yield return new SettledRow
        {
            Id = Id,
            OpenedAt = DateTimeOffset.UnixEpoch,
            CompletedAt = DateTimeOffset.UnixEpoch,
            Status = CallStatus.Completed,
            Findings = [new PolicyStep("scope", PolicyOutcome.Pass, 3)],
        };
        yield return new DecisionRow { Id = Id, DecidedAt = DateTimeOffset.UnixEpoch, Tenant = "tests", Door = PolicyDoor.Hook, Tier = Tier.User, Outcome = PolicyOutcome.Pass, ToolUseId = "toolu_1" };
        yield return new BodyAccessRow { Id = Id, At = DateTimeOffset.UnixEpoch, Tenant = "tests", RequestId = Id, Host = "host", Actor = "alice" };
    }

    private static string Digests(AuditTable table) => string.Join(", ", table.Digests.Select(static digest => $"{digest.Digest}: {digest.Column}"));

    private static int Fields(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        for (; !bytes.IsEmpty; count++) bytes = bytes[(4 + Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(bytes)))..];
        return count;
    }
}
