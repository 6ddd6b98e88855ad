namespace Systemprompt.Clients.Tests;

/// <summary>Sits below Anthropic's client and keeps what went over the wire.</summary>
internal sealed class Wire : DelegatingHandler
{
    private readonly MemoryStream _answer = new();

    public Wire()
        : base(new SocketsHttpHandler { UseProxy = false })
    {
    }

    public List<HttpRequestMessage> Requests { get; } = [];

    /// <summary>The body of the last request.</summary>
    public byte[] Sent { get; private set; } = [];

    /// <summary>The head of the last answer.</summary>
    public HttpResponseMessage? Answered { get; private set; }

    /// <summary>The body of the last answer, as far as the client has read it.</summary>
    public byte[] Received => _answer.ToArray();

    public string AuditId => Answered!.Headers.GetValues("x-audit-id").Single();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        Sent = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        Answered = await base.SendAsync(request, cancellationToken);
        _answer.SetLength(0);
        var copy = new StreamContent(new Copying(await Answered.Content.ReadAsStreamAsync(cancellationToken), _answer));
        foreach (var (name, values) in Answered.Content.Headers) copy.Headers.TryAddWithoutValidation(name, values);
        Answered.Content = copy;
        return Answered;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _answer.Dispose();
    }

    /// <summary>A stream that writes down what is read from it.</summary>
    private sealed class Copying(Stream source, Stream copy) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = source.Read(buffer, offset, count);
            copy.Write(buffer, offset, read);
            return read;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await source.ReadAsync(buffer, cancellationToken);
            copy.Write(buffer.Span[..read]);
            return read;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
