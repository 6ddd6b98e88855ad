using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Primitives;
using Systemprompt.Extensions;
using Systemprompt.Files;

namespace Systemprompt.Core.Tests.Files;

public sealed class ContentStreamTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 1000).Select(number => (byte)number)];

    [Fact]
    public void Any_way_of_seeking_and_reading_gives_the_bytes_of_that_place() => Prop.ForAll(
        Gen.ListOf(Gen.Zip(Gen.Choose(0, 1100), Gen.Choose(0, 300))).ToArbitrary(),
        steps =>
        {
            using var stream = new ContentStream(new ArrayStorage(Content), default, Content.Length);
            foreach (var (place, count) in steps)
            {
                stream.Position = place;
                var buffer = new byte[count];
                var read = stream.ReadAtLeastAsync(buffer, count, throwOnEndOfStream: false).AsTask().Result;
                var expected = Content.Skip(place).Take(count).ToArray();
                if (read != expected.Length || !buffer.AsSpan(0, read).SequenceEqual(expected)) return false;
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public async Task Reading_on_asks_the_storage_once_and_nothing_is_asked_before()
    {
        var storage = new ArrayStorage(Content);
        await using var stream = new ContentStream(storage, default, Content.Length);
        storage.Opened.ShouldBe(0);
        await stream.ReadExactlyAsync(new byte[900]);
        (await stream.ReadAsync(new byte[200])).ShouldBe(100);
        (await stream.ReadAsync(new byte[200])).ShouldBe(0);
        storage.Opened.ShouldBe(1);
    }

    [Fact]
    public async Task Less_than_was_stored_is_no_end_but_a_fault()
    {
        await using var stream = new ContentStream(new ArrayStorage(Content), default, Content.Length + 1);

        await Should.ThrowAsync<EndOfStreamException>(async () => await stream.CopyToAsync(Stream.Null));
    }

    [Theory]
    [InlineData("sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:", true)]
    [InlineData("sha-512=:AAAA:, sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:;q=1", true)]
    [InlineData("sha-512=:AAAA:", false)]
    [InlineData("", false)]
    public void A_digest_is_read(string header, bool found) => ContentDigest.Of(new StringValues(header)).IsEmpty.ShouldBe(!found);

    [Theory]
    [InlineData("sha-256=AAAA")]
    [InlineData("sha-256=:AAAA:")]
    [InlineData("sha-256=::")]
    [InlineData("sha-256=:not base64, of course:")]
    [InlineData("sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==:")]
    public void A_malformed_digest_is_refused(string header) => Should.Throw<FileException>(() => ContentDigest.Of(new StringValues(header))).Code.ShouldBe("invalid");

    [Fact]
    public void Two_digests_that_differ_are_refused() =>
        Should.Throw<FileException>(() => ContentDigest.Of(ContentDigest.Show(new byte[32]), ContentDigest.Show([.. Enumerable.Repeat((byte)1, 32)])));

    private sealed class ArrayStorage(byte[] content) : IFileStorage
    {
        public int Opened { get; private set; }

        public Task<Stream> OpenAsync(FileBlob blob, long offset, CancellationToken cancellationToken)
        {
            Opened++;
            return Task.FromResult<Stream>(new MemoryStream(content[(int)offset..]));
        }

        public Task WriteAsync(FileBlob blob, Stream content, long? length, CancellationToken cancellationToken) => throw new InvalidOperationException();

        public Task DeleteAsync(FileBlob blob, CancellationToken cancellationToken) => throw new InvalidOperationException();

        public Task<long?> LengthAsync(FileBlob blob, CancellationToken cancellationToken) => throw new InvalidOperationException();

        public Task<string?> CheckAsync(CancellationToken cancellationToken) => throw new InvalidOperationException();
    }
}
