using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Systemprompt.Integration.Tests.Events;

public sealed class WebhookTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<(IHeaderDictionary Headers, string Body)> _received = new();
    private readonly ConcurrentQueue<int> _answers = new();
    private WebApplication _receiver = null!;
    private Bell _bell = null!;

    private string Address => _receiver.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/hook";

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _receiver = builder.Build();
        _receiver.MapPost("/hook", async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            _received.Enqueue((new HeaderDictionary(context.Request.Headers.ToDictionary(header => header.Key, header => header.Value)), await reader.ReadToEndAsync()));
            context.Response.StatusCode = _answers.TryDequeue(out var status) ? status : 204;
            if (context.Response.StatusCode == 429) context.Response.Headers.RetryAfter = "1";
        });
        await _receiver.StartAsync();
        _bell = await Bell.StartAsync(variables: variables =>
        {
            variables["WEBHOOKS"] = "on";
            variables["WEBHOOK_NETWORKS"] = "127.0.0.0/8";
        });
    }

    public async Task DisposeAsync()
    {
        await _bell.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task A_receiver_verifies_the_signature_and_gets_only_what_it_wants()
    {
        var key = await CreateAsync("crm", "bell.*");
        await CreateAsync("other", "other.*");

        await _bell.RingAsync("héllo");
        await Scheduler.Queue.UntilAsync(() => !_received.IsEmpty);

        var (headers, body) = _received.Single();
        var signed = $"{headers["webhook-id"]}.{headers["webhook-timestamp"]}.{body}";
        headers["webhook-signature"].ToString().ShouldBe("v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(key["whsec_".Length..]), Encoding.UTF8.GetBytes(signed))));
        body.ShouldContain("\"type\":\"bell.rung\"");
        body.ShouldContain("héllo");
        Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - long.Parse(headers["webhook-timestamp"]!)).ShouldBeLessThan(60);
        (await _bell.Database.ScalarAsync<bool>($"select not exists (select from secrets.secrets where encode(sealed, 'escape') like '%{key[6..20]}%')")).ShouldBeTrue();
    }

    [Fact]
    public async Task It_is_tried_again_when_it_fails_and_when_asked_to_and_never_after_410()
    {
        await CreateAsync("crm", "*");
        foreach (var status in new[] { 500, 429, 204 }) _answers.Enqueue(status);
        await _bell.RingAsync("again");
        await Scheduler.Queue.UntilAsync(() => _received.Count == 3);
        _received.Select(call => call.Headers["webhook-id"].ToString()).Distinct().ShouldHaveSingleItem();
        await _bell.Database.UntilAsync("select count(*) = 3 from scheduler.history where kind = 'events.deliver'");
        (await _bell.Database.ScalarAsync<string>("select string_agg(outcome, ' ' order by attempt) from scheduler.history where kind = 'events.deliver'")).ShouldBe("failed postponed done");

        _answers.Enqueue(410);
        await _bell.RingAsync("stop");
        await _bell.Database.UntilAsync("select exists (select from events.webhooks where disabled_because = 'the receiver answered 410 Gone')");
        await _bell.RingAsync("not sent");

        await Scheduler.Queue.UntilAsync(() => _bell.Room.Everywhere.Any(rung => rung.Text == "not sent"));
        _received.Count.ShouldBe(4);
        (await _bell.Database.ScalarAsync<long>("select count(*) from scheduler.jobs where kind = 'events.deliver' and state <> 'dead'")).ShouldBe(0);
        (await _bell.Commands.RunAsync("infra", "webhooks", "enable", "crm")).Succeeded();
        await _bell.RingAsync("sent again");
        await Scheduler.Queue.UntilAsync(() => _received.Count == 5);
    }

    [Fact]
    public async Task Retries_stop_when_somebody_disables_the_webhook()
    {
        await CreateAsync("crm", "*");
        _answers.Enqueue(500);
        await _bell.RingAsync("once");
        await Scheduler.Queue.UntilAsync(() => _received.Count == 1);

        (await _bell.Commands.RunAsync("infra", "webhooks", "disable", "crm")).Succeeded();

        await _bell.Database.UntilAsync("select exists (select from scheduler.history where outcome = 'dead' and error like '%was disabled or deleted%')");
        _received.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_private_address_is_not_reached_and_the_delivery_says_so()
    {
        await using var strict = await Bell.StartAsync(variables: variables => variables["WEBHOOKS"] = "on");
        (await strict.Commands.RunAsync("infra", "webhooks", "create", "inside", "--url", Address)).Succeeded();

        await strict.RingAsync("x");

        await strict.Database.UntilAsync("select exists (select from scheduler.history where outcome = 'dead' and error like '%is not on the public internet%')");
        _received.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("crm", "ftp://example.com/", "the address is not http or https")]
    [InlineData("crm", "https://user:pass@example.com/", "the address is not http or https")]
    [InlineData("C R M", "https://example.com/", "is no name for a webhook")]
    public async Task What_is_wrong_is_said(string name, string url, string message) =>
        (await _bell.Commands.RunAsync("infra", "webhooks", "create", name, "--url", url)).Error.ShouldContain(message);

    [Fact]
    public async Task With_webhooks_off_nothing_can_be_added()
    {
        await using var off = await Bell.StartAsync();

        (await off.Commands.RunAsync("infra", "webhooks", "create", "crm", "--url", "https://example.com/")).Error.ShouldContain("set events.webhooks.enabled: true");
    }

    private async Task<string> CreateAsync(string name, string kinds) => (await _bell.Commands.RunAsync("infra", "webhooks", "create", name, "--url", Address, "--kinds", kinds)).Succeeded().Out.Trim();
}
