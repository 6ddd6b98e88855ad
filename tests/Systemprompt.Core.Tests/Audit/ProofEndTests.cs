using Systemprompt.Audit;
using Systemprompt.Audit.Proof;

namespace Systemprompt.Core.Tests.Audit;

/// <summary>What a writer's last number and head say of a part of its chain that ends at row 7.</summary>
public sealed class ProofEndTests
{
    private static readonly Guid Writer = new("01a21514-7212-7779-b26a-24d10ded2c3c");
    private static readonly byte[] Head = [1, 2, 3], Other = [3, 2, 1];

    [Theory]
    [InlineData(7L, true, false, null)]
    [InlineData(9L, true, true, null)]
    [InlineData(9L, true, false, "row 8 of writer W is missing: its chain goes on to row 9")]
    [InlineData(7L, false, false, "row 7 of writer W is not the one that its chain ends with")]
    [InlineData(6L, true, false, "row 7 of writer W is none that it wrote: its chain ends at row 6")]
    [InlineData(null, true, false, "writer W is not in audit.writers: nothing says where its chain ends")]
    public void The_end_of_a_part_is_judged(long? lastSeq, bool isHead, bool hasNext, string? sentence)
    {
        var end = new ProofEnd(lastSeq is { } last ? new WriterState(last, isHead ? Head : Other, IsClosed: false) : null, hasNext ? Other : null);

        end.Sentence(Writer, 7, Head)?.Replace($"{Writer}", "W", StringComparison.Ordinal).ShouldBe(sentence);
        (end.FaultAfter(7, Head) == ChainFault.None).ShouldBe(sentence is null);
    }
}
