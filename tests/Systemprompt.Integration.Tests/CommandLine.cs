using System.Text.Json;
using Systemprompt.Cli;
using Systemprompt.Extensions;
using Systemprompt.Hosting;

namespace Systemprompt.Integration.Tests;

/// <summary>The binary's command line on one database: the shipped parts and the embedded profile <c>test</c>, in this process.</summary>
internal sealed class CommandLine(string databaseUrl, params IReadOnlyList<Extension> extensions)
{
    /// <summary>Variables that the profile reads, beside the database's address.</summary>
    public Dictionary<string, string> Variables { get; } = new()
    {
        ["SYSTEMPROMPT_PROFILE"] = "test",
        ["DATABASE_URL"] = databaseUrl,
        ["JWT_SECRET"] = "0123456789abcdef0123456789abcdef",
    };

    /// <summary>Where <c>content/</c> and <c>plugins/</c> are; null for the usual places.</summary>
    public HostFiles? Files { get; init; }

    public async Task<CommandResult> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await new CliRunner(Host, output, error, Variables.GetValueOrDefault).RunAsync(args, CancellationToken.None);
        return new CommandResult(code, output.ToString(), error.ToString());
    }

    /// <summary>The container of a command, with the database connected.</summary>
    public async Task<CliServices> ServicesAsync()
    {
        var composition = Composition.Create(Host, Variables.GetValueOrDefault);
        return await CommandServices.StartAsync(composition, composition.LoadProfile(null, "database"), CancellationToken.None);
    }

    /// <summary>The server of this profile, not started.</summary>
    public ServerHost Server()
    {
        var composition = Composition.Create(Host, Variables.GetValueOrDefault);
        return ServerHost.Build(composition, composition.LoadProfile(null, "hosting"));
    }

    private HostDefinition Host => CoreExtensions.With(new HostDefinition(typeof(CommandLine).Assembly, extensions) { Files = Files });
}

/// <summary>What a command printed and returned.</summary>
internal sealed record CommandResult(int Code, string Out, string Error)
{
    public JsonElement Json => JsonElement.Parse(Out);

    public CommandResult Succeeded()
    {
        Code.ShouldBe(0, Error);
        return this;
    }
}
