using System.Diagnostics;

namespace Systemprompt.Published.Tests;

/// <summary>An export with proof, verified as docs/audit.md tells a third party to: by a script that shares nothing with us.</summary>
[Collection(GatewayTests.Name)]
public sealed class AuditProofTests(GatewayFixture gateway) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("systemprompt-proof-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_script_of_the_page_verifies_a_real_export_and_names_a_changed_row()
    {
        for (var i = 0; i < 3; i++)
        {
            using var answer = await GatewayFixture.CallAsync(gateway.Alice, "claude-stub", stream: i == 1);
            await answer.Content.ReadAsStringAsync();
            using var hook = await GatewayFixture.GovernAsync(gateway.Alice, "ls");
        }

        var file = Path.Combine(_folder, "audit.jsonl");
        (await gateway.Host.RunAsync("infra", "audit", "export", "--proof", "--to", file)).Succeeded().Output.ShouldContain("sha256");

        var (code, said) = await PythonAsync(file);
        code.ShouldBe(0, said);
        said.ShouldContain("are as they were written");
        (await gateway.Host.RunWithAsync(new Dictionary<string, string> { ["DATABASE_URL"] = "", ["SYSTEMPROMPT_PROFILE"] = "" }, "infra", "audit", "verify", "--file", file)).Succeeded();

        var lines = await File.ReadAllLinesAsync(file);
        var at = Array.FindIndex(lines, line => line.Contains("ai.requests_settled\",\"hash", StringComparison.Ordinal) && line.Contains("\"completed\"", StringComparison.Ordinal));
        lines[at] = lines[at].Replace("\"completed\"", "\"abandoned\"", StringComparison.Ordinal);
        await File.WriteAllLinesAsync(file, lines);

        var (altered, why) = await PythonAsync(file);
        altered.ShouldBe(1);
        why.ShouldContain($"line {at + 1}: row ");
        why.ShouldContain("is not as it was written");
        var ours = await gateway.Host.RunAsync("infra", "audit", "verify", "--file", file);
        ours.ExitCode.ShouldBe(1);
        ours.Error.ShouldContain($"line {at + 1}: row ");
    }

    private async Task<(int Code, string Said)> PythonAsync(string file)
    {
        var page = await File.ReadAllTextAsync(Repository.InRoot("docs", "audit.md"));
        var from = page.IndexOf("```python\n", StringComparison.Ordinal) + "```python\n".Length;
        var script = Path.Combine(_folder, "verify.py");
        await File.WriteAllTextAsync(script, page[from..page.IndexOf("```", from, StringComparison.Ordinal)]);
        using var python = Process.Start(new ProcessStartInfo("python3", [script, file]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (python.StandardOutput.ReadToEndAsync(), python.StandardError.ReadToEndAsync());
        await python.WaitForExitAsync();
        return (python.ExitCode, await output + await error);
    }
}
