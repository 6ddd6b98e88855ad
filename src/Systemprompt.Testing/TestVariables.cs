using System.Collections.Concurrent;
using System.Security.Cryptography;
using Systemprompt.Profiles;

namespace Systemprompt.Testing;

/// <summary>The environment of one host, instead of the machine's, and the storage folder that it names.</summary>
internal sealed class TestVariables : IDisposable
{
    private readonly string _storage = Directory.CreateTempSubdirectory("systemprompt-storage-").FullName;
    private readonly ConcurrentDictionary<string, string> _values;

    public TestVariables(TestHostOptions options) => _values = new ConcurrentDictionary<string, string>(options.Variables)
    {
        [ProfileLoader.Variable] = options.Profile,
        ["STORAGE_PATH"] = options.Variables.GetValueOrDefault("STORAGE_PATH", _storage),
        ["PORT"] = options.Variables.GetValueOrDefault("PORT", "0"),
        ["JWT_SECRET"] = options.Variables.GetValueOrDefault("JWT_SECRET", Convert.ToBase64String(RandomNumberGenerator.GetBytes(48))),
    };

    public string? Find(string name) => _values.GetValueOrDefault(name);

    public void Set(string name, string value) => _values[name] = value;

    public void Dispose() => Directory.Delete(_storage, recursive: true);
}
