using System.Security.Cryptography;
using System.Text;

namespace Systemprompt.Audit.Proof;

/// <summary>Writes the lines of an export, and at the end what they hash to.</summary>
internal sealed class ProofWriter(Stream output, IProofFormat format) : IDisposable
{
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public async Task WriteAsync(ProofLine line, IReadOnlyList<FieldType> types, CancellationToken cancellationToken)
    {
        var bytes = Encoding.UTF8.GetBytes(format.Write(line, types) + "\n");
        _digest.AppendData(bytes);
        await output.WriteAsync(bytes, cancellationToken);
    }

    /// <summary>Writes the last line.</summary>
    /// <returns>Its digest.</returns>
    public async Task<byte[]> EndAsync(CancellationToken cancellationToken)
    {
        var digest = _digest.GetHashAndReset();
        await WriteAsync(new DigestLine(digest), [], cancellationToken);
        return digest;
    }

    public void Dispose() => _digest.Dispose();
}
