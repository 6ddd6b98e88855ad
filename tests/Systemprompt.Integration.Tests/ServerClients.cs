using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Hosting;
using Systemprompt.Security;

namespace Systemprompt.Integration.Tests;

/// <summary>Clients of a server in this process.</summary>
internal static class ServerClients
{
    /// <summary>A client with a token that the server issued.</summary>
    public static HttpClient Client(this ServerHost server, string subject, Tier tier = Tier.User)
    {
        var token = server.Services.GetRequiredService<TokenIssuer>().Issue(new TokenRequest(subject, tier));
        return new HttpClient { BaseAddress = server.Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
    }
}
