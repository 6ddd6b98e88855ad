using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;

namespace Systemprompt.TrialKit;

/// <summary>The published file as a server process, and as the command line beside it: same environment, same folder.</summary>
public sealed class PublishedHost : IAsyncDisposable
{
    private readonly string _folder;
    private readonly bool _ownsFolder;
    private readonly IReadOnlyList<string> _launcher;
    private readonly IReadOnlyList<string> _command;
    private readonly Dictionary<string, string> _environment;
    private Process? _process;

    private PublishedHost(HostOptions options, string databaseUrl, int port)
    {
        _ownsFolder = options.Folder is null;
        _folder = options.Folder ?? Directory.CreateTempSubdirectory("systemprompt-host-").FullName;
        File = options.File ?? PublishedFile.CopyInto(_folder);
        (_launcher, _command) = (options.Launcher, options.Command);
        foreach (var (name, text) in options.Profiles) WriteProfile(name, text);
        Port = port;
        _environment = new Dictionary<string, string>
        {
            ["PATH"] = "/usr/bin:/bin",
            ["HOME"] = _folder,
            ["DOTNET_ROOT"] = "/nowhere",
            ["SYSTEMPROMPT_PROFILE"] = options.Profile,
            ["DATABASE_URL"] = databaseUrl,
            ["JWT_SECRET"] = options.Secret,
            ["PORT"] = port.ToString(),
            ["STORAGE_PATH"] = Path.Combine(_folder, "data"),
            ["ECHO_MODEL"] = "on",
        };
        Set(_environment, options.Variables);
        Client = ClientWith(null);
    }

    public string File { get; }

    public string Folder => _folder;

    public int Port { get; }

    public Uri Address => new($"http://127.0.0.1:{Port}/");

    /// <summary>Without a token.</summary>
    public HttpClient Client { get; }

    /// <summary>What the process has written.</summary>
    public ProcessLog Log { get; private set; } = new();

    public int ProcessId => Running.Id;

    private Process Running => _process ?? throw new InvalidOperationException("the host does not run");

    /// <summary>Starts the server and returns when it has said that it is ready.</summary>
    public static async Task<PublishedHost> StartAsync(TestDatabase database, HostOptions? options = null)
    {
        var host = Create(database.Url, options);
        await host.StartAsync();
        return host;
    }

    /// <summary>A host that is not started.</summary>
    public static PublishedHost Create(string databaseUrl, HostOptions? options = null) => new(options ?? new HostOptions(), databaseUrl, FreePort());

    /// <summary>A port that nobody listens on now.</summary>
    public static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }

    /// <summary>Starts the process, again after it was ended, and returns when it is ready.</summary>
    public async Task StartAsync()
    {
        Begin();
        await Log.WaitForAsync("API_READY", TimeSpan.FromSeconds(60));
    }

    /// <summary>Starts the process and returns at once.</summary>
    public void Begin()
    {
        Log = new ProcessLog();
        _process = Log.Follow(Process.Start(Prepare(_environment, _command))!);
    }

    /// <summary>Writes <c>profiles/NAME/profile.yaml</c> in the working directory.</summary>
    public void WriteProfile(string name, string text)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "profiles", name)).FullName;
        System.IO.File.WriteAllText(Path.Combine(folder, "profile.yaml"), text);
    }

    /// <summary>Runs a command of the file to its end.</summary>
    public Task<CommandRun> RunAsync(params string[] arguments) => CommandRun.OfAsync(Prepare(_environment, arguments));

    /// <summary>Runs a command with another environment. An empty value takes a variable away.</summary>
    public Task<CommandRun> RunWithAsync(IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        var environment = new Dictionary<string, string>(_environment);
        Set(environment, variables);
        return CommandRun.OfAsync(Prepare(environment, arguments));
    }

    /// <summary>Runs a command that reads its standard input.</summary>
    public Task<CommandRun> RunOnAsync(string input, params string[] arguments) => CommandRun.OfAsync(Prepare(_environment, arguments), input);

    /// <summary>A token, made by the file itself.</summary>
    public async Task<string> TokenAsync(string tier = "user", string subject = "alice", params string[] more) =>
        (await RunAsync(["admin", "token", "create", "--tier", tier, "--sub", subject, "--ttl", "1h", .. more])).Succeeded().Output.Trim();

    public async Task<HttpClient> ClientForAsync(string subject, string tier = "user") => ClientWith(await TokenAsync(tier, subject));

    public HttpClient ClientWith(string? token)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = Address };
        if (token is not null) client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>One call of the echo model.</summary>
    public static Task<HttpResponseMessage> AskAsync(HttpClient client, string text = "pineapple", bool stream = false, CancellationToken cancellationToken = default) =>
        client.PostAsJsonAsync("v1/messages", new { model = "echo", max_tokens = 64, stream, messages = new[] { new { role = "user", content = text } } }, cancellationToken);

    /// <summary>Sends a signal: TERM, INT, KILL.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, ProcessId.ToString()]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Asks it to stop and waits until it has.</summary>
    public async Task<int> StopAsync()
    {
        await SignalAsync("TERM");
        return await ExitedAsync();
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        await SignalAsync("KILL");
        await ExitedAsync();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<int> ExitedAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await Running.WaitForExitAsync(limit.Token);
        return Running.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_process is { HasExited: false }) await KillAsync();
        _process?.Dispose();
        if (_ownsFolder) Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Runs what somebody would type in a shell beside a solution: <c>myco …</c> and <c>publish/myco …</c> are the file.</summary>
    public Task<CommandRun> TypeAsync(string line, string input = "")
    {
        var publish = Directory.CreateDirectory(Path.Combine(_folder, "publish")).FullName;
        if (!System.IO.File.Exists(Path.Combine(publish, "myco"))) System.IO.File.CreateSymbolicLink(Path.Combine(publish, "myco"), File);
        return CommandRun.OfAsync(Start(_environment, ["/bin/sh", "-ec", $"PATH=$PWD/publish:$PATH\n{line}"]), input);
    }

    private ProcessStartInfo Prepare(IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> arguments) =>
        Start(environment, [.. _launcher, File, .. arguments]);

    private ProcessStartInfo Start(IReadOnlyDictionary<string, string> environment, string[] line)
    {
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment) start.Environment[name] = value;
        PublishedFile.Record(start.Environment);
        return start;
    }

    private static void Set(Dictionary<string, string> environment, IReadOnlyDictionary<string, string> variables)
    {
        foreach (var (name, value) in variables)
            if (value.Length == 0) environment.Remove(name);
            else environment[name] = value;
    }
}
