using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Database.Migrations;
using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Testing;

/// <summary>A database of its own for one host: a copy of one that was migrated once.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<string, Lazy<Task>> Templates = new();
    private static int _count;
    private readonly TestPostgres _postgres;
    private readonly string _name;

    private TestDatabase(TestPostgres postgres, string name) => (_postgres, _name) = (postgres, name);

    public string Url => _postgres.Url(_name);

    public static async Task<TestDatabase> CreateAsync(HostDefinition host, TestVariables variables, CancellationToken cancellationToken)
    {
        var postgres = await TestPostgres.Shared.WaitAsync(cancellationToken);
        var template = await TemplateAsync(postgres, host, variables).WaitAsync(cancellationToken);
        var database = new TestDatabase(postgres, $"test_{Interlocked.Increment(ref _count)}");
        await postgres.Databases.CopyAsync(database._name, template, cancellationToken);
        return database;
    }

    public async ValueTask DisposeAsync() => await _postgres.Databases.DropAsync(_name, CancellationToken.None);

    /// <summary>The migrated database for what this host carries, made by whoever needs it first.</summary>
    private static async Task<string> TemplateAsync(TestPostgres postgres, HostDefinition host, TestVariables variables)
    {
        string? Find(string name, string template) => name == "DATABASE_URL" ? postgres.Url(template) : variables.Find(name);

        var composition = Composition.Create(host, name => Find(name, "postgres"));
        var profile = ProfileLoader.Load(null, ProfileSources.Of(host.Assembly), composition.Sections(), composition.Variables);
        var name = NameOf(composition, profile);
        await Templates.GetOrAdd(name, _ => new Lazy<Task>(async () =>
        {
            await postgres.Databases.CreateAsync(name, CancellationToken.None);
            var target = ProfileLoader.Load(null, ProfileSources.Of(host.Assembly), composition.Sections(), variable => Find(variable, name));
            await using (var call = await CommandServices.StartAsync(composition, target, CancellationToken.None))
                await call.Provider.GetRequiredService<Migrator>().MigrateAsync([], CancellationToken.None);
            await postgres.Databases.CloseAsync(name, CancellationToken.None);
        })).Value;
        return name;
    }

    private static string NameOf(Composition composition, Profile profile)
    {
        var text = new StringBuilder();
        foreach (var extension in composition.RegistryFor(profile).Enabled)
            foreach (var migration in extension.Migrations)
                text.Append(extension.Id).Append('/').Append(migration.Number).Append('_').Append(migration.Name).Append('\n').Append(migration.Sql).Append('\0');
        return $"template_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..16]}";
    }
}
