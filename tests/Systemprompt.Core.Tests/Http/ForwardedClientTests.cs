using System.Net;
using Microsoft.AspNetCore.Http;
using Systemprompt.Http.Limits;
using Systemprompt.Http.Pipeline;

namespace Systemprompt.Core.Tests.Http;

public sealed class ForwardedClientTests
{
    [Theory]
    [InlineData("203.0.113.9", "198.51.100.1", "203.0.113.9", "an untrusted peer's header is a claim")]
    [InlineData("10.0.0.1", "198.51.100.1", "198.51.100.1", "a trusted proxy is believed")]
    [InlineData("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1", "what stands left of the first untrusted hop was written by it")]
    [InlineData("10.0.0.1", "198.51.100.1, 10.0.0.7", "198.51.100.1", "a chain of trusted proxies is followed")]
    [InlineData("10.0.0.1", "198.51.100.1:4711", "198.51.100.1", "ports are dropped")]
    [InlineData("10.0.0.1", "[2001:db8::5]:443", "2001:db8::5", "an IPv6 address with a port")]
    [InlineData("10.0.0.1", "2001:db8::5", "2001:db8::5", "an IPv6 address")]
    [InlineData("10.0.0.1", "garbage", "10.0.0.1", "garbage ends the chain")]
    [InlineData("10.0.0.1", "198.51.100.1, garbage", "10.0.0.1", "also at its right end")]
    [InlineData("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1", "a mapped peer is the same peer")]
    [InlineData("10.0.0.1", "", "10.0.0.1", "no header, no change")]
    public void The_client_is_the_last_hop_that_is_no_proxy_of_ours(string peer, string header, string expected, string why)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(peer);
        if (header.Length > 0) context.Request.Headers["X-Forwarded-For"] = header;

        new ForwardedClient(["10.0.0.0/8", "192.0.2.1"]).Apply(context);

        context.Connection.RemoteIpAddress.ShouldBe(IPAddress.Parse(expected), why);
    }

    [Theory]
    [InlineData("2001:db8:1:2::3", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::3", "2001:db8:1:3::3", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    public void An_ipv6_network_of_64_counts_as_one(string one, string other, bool same) =>
        (RequestLimits.AddressKey(IPAddress.Parse(one)) == RequestLimits.AddressKey(IPAddress.Parse(other))).ShouldBe(same);

    [Theory]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "4bf92f3577b34da6a3ce929d0e0e4736")]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01", null)]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", null)]
    [InlineData("nonsense", null)]
    public void A_trace_goes_on_only_from_a_valid_parent(string parent, string? expected)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.TraceParent = parent;

        var id = TraceId.Of(context.Request);

        if (expected is not null) id.ShouldBe(expected);
        else id.ShouldMatch("^[0-9a-f]{32}$");
    }

    [Theory]
    [InlineData("Bearer abc", null, "abc", false)]
    [InlineData("bearer abc", null, "abc", false)]
    [InlineData(null, "abc", "abc", false)]
    [InlineData("Bearer abc", "abc", "abc", false)]
    [InlineData("Bearer abc", "def", "abc", true)]
    [InlineData("Basic abc", null, null, false)]
    [InlineData(null, null, null, false)]
    public void A_token_comes_by_one_of_two_headers(string? authorization, string? key, string? expected, bool ambiguous)
    {
        var context = new DefaultHttpContext();
        if (authorization is not null) context.Request.Headers.Authorization = authorization;
        if (key is not null) context.Request.Headers["x-api-key"] = key;

        BearerToken.Of(context.Request, out var both).ShouldBe(expected);
        both.ShouldBe(ambiguous);
    }
}
