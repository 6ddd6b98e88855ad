using System.Security.Cryptography;
using Systemprompt.AnthropicStub;

namespace Systemprompt.Published.Tests;

/// <summary>
/// One file and one directory of profiles, run four times at once: <c>local</c>, <c>production</c>, and two tenants made as the example's first
/// lines say, by copying its folder.
/// </summary>
public sealed class TenantsFixture : IAsyncLifetime
{
    public const string Key = "sk-ant-key-of-the-tenants";
    private readonly string _folder = Directory.CreateTempSubdirectory("systemprompt-tenants-").FullName;

    public StubServer Upstream { get; private set; } = null!;

    /// <summary>The hosts by profile.</summary>
    public Dictionary<string, PublishedHost> Hosts { get; } = [];

    public Dictionary<string, TestDatabase> Databases { get; } = [];

    public string File { get; private set; } = "";

    public string HashBefore { get; private set; } = "";

    public static IReadOnlyDictionary<string, string> Tenants { get; } = new Dictionary<string, string>
    {
        ["local"] = "myco", ["production"] = "myco", ["acme-us"] = "acme-us", ["globex-eu"] = "globex-eu",
    };

    public string Hash() => Convert.ToHexString(SHA256.HashData(System.IO.File.ReadAllBytes(File)));

    public async Task InitializeAsync()
    {
        Upstream = await StubServer.StartAsync(new StubOptions { Key = Key });
        File = PublishedFile.CopyInto(_folder);
        HashBefore = Hash();
        var example = await System.IO.File.ReadAllTextAsync(Path.Combine(PublishedFile.Solution, "profiles", "tenant-example", "profile.yaml"));
        foreach (var (profile, tenant) in Tenants)
        {
            var database = await TestDatabase.CreateAsync();
            Databases.Add(profile, database);
            var prefix = tenant.Replace('-', '_').ToUpperInvariant();
            var host = PublishedHost.Create(database.Url, new HostOptions
            {
                Folder = _folder,
                File = File,
                Profile = profile,
                Variables = new Dictionary<string, string>
                {
                    [$"{prefix}_DATABASE_URL"] = database.Url, [$"{prefix}_JWT_SECRET"] = HostOptions.NewSecret(), [$"{prefix}_ANTHROPIC_API_KEY"] = Key,
                    ["ANTHROPIC_API_KEY"] = Key, ["ANTHROPIC_BASE_URL"] = Upstream.Address, ["STORAGE_PATH"] = Path.Combine(_folder, profile),
                },
            });
            if (profile == tenant) host.WriteProfile(profile, example.Replace("example-eu", tenant, StringComparison.Ordinal).Replace("EXAMPLE_EU", prefix, StringComparison.Ordinal));
            Hosts.Add(profile, host);
        }

        await Task.WhenAll(Hosts.Values.Select(host => host.StartAsync()));
    }

    public async Task DisposeAsync()
    {
        foreach (var host in Hosts.Values) await host.DisposeAsync();
        foreach (var database in Databases.Values) await database.DisposeAsync();
        await Upstream.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
