using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace Systemprompt.Audit.Proof;

/// <summary>The lines of a file one by one, with what the bytes before each hash to. Holds one line.</summary>
internal sealed class ProofLines(Stream input) : IDisposable
{
    private const int Longest = 4 * 1024 * 1024;
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The current line's number, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>SHA-256 over all bytes before the current line.</summary>
    public byte[] Before { get; private set; } = [];

    /// <exception cref="FormatException">A line is no UTF-8, or too long.</exception>
    public async IAsyncEnumerable<string> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(input);
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            while (TryTake(ref buffer, result.IsCompleted, out var line))
            {
                Number++;
                // GetCurrentHash leaves the hash as it is, so that it goes on.
                Before = _digest.GetCurrentHash();
                var text = Text(line);
                foreach (var part in line) _digest.AppendData(part.Span);
                yield return text;
            }

            if (buffer.Length > Longest) throw new FormatException($"line {Number + 1} is longer than {Longest / 1024 / 1024} MB");
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted) break;
        }
    }

    public void Dispose() => _digest.Dispose();

    private static bool TryTake(ref ReadOnlySequence<byte> buffer, bool isLast, out ReadOnlySequence<byte> line)
    {
        var end = buffer.PositionOf((byte)'\n');
        line = end is { } found ? buffer.Slice(0, buffer.GetPosition(1, found)) : buffer;
        if (end is null && (!isLast || buffer.IsEmpty)) return false;
        buffer = buffer.Slice(line.End);
        return true;
    }

    private string Text(ReadOnlySequence<byte> line)
    {
        try
        {
            return Strict.GetString(line).TrimEnd('\n');
        }
        catch (DecoderFallbackException)
        {
            throw new FormatException($"line {Number} is no UTF-8");
        }
    }
}
