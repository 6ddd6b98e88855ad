using System.Net;

namespace Systemprompt.Published.Tests;

/// <summary>Copied into a bare Debian 12, the file serves.</summary>
public sealed class BookwormTests
{
    [RootFact]
    public async Task A_bare_debian_with_libssl3_serves_a_call_from_the_copied_file()
    {
        var root = await BookwormRoot.GetAsync();
        Directory.GetFiles(root, "libpq*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).ShouldBeEmpty();
        File.Exists(Path.Combine(root, "usr/bin/dotnet")).ShouldBeFalse();
        var folder = Directory.CreateTempSubdirectory("systemprompt-bookworm-").FullName;
        try
        {
            PublishedFile.CopyInto(folder);
            await using var database = await TestDatabase.CreateAsync();
            await using var host = await PublishedHost.StartAsync(database, BookwormRoot.Options(root, folder, database));
            Directory.ResolveLinkTarget($"/proc/{host.ProcessId}/root", returnFinalTarget: false)!.FullName.ShouldBe(root);
            using var alice = await host.ClientForAsync("alice");

            using var answer = await PublishedHost.AskAsync(alice);

            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            (await database.StatusAsync(GatewayFixture.AuditId(answer))).ShouldBe("completed");
            (await host.RunAsync("services", "health")).Succeeded();
            (await host.StopAsync()).ShouldBe(0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
