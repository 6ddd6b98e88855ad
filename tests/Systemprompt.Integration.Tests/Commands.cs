using System.Diagnostics;

namespace Systemprompt.Integration.Tests;

/// <summary>Runs other programs.</summary>
internal static class Commands
{
    public static ProcessStartInfo Prepare(string? user, string program, IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo(program, arguments) { WorkingDirectory = "/" };
        if (user is not null && OperatingSystem.IsLinux()) info.UserName = user;
        return info;
    }

    public static Task RunAsync(string program, params string[] arguments) => RunAsAsync(null, program, arguments);

    public static async Task RunAsAsync(string? user, string program, params string[] arguments)
    {
        var (code, text) = await CaptureAsync(user, program, arguments);
        if (code != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {code}:\n{text}");
    }

    public static async Task<bool> SucceedsAsync(string program, params string[] arguments) => (await CaptureAsync(null, program, arguments)).Code == 0;

    private static async Task<(int Code, string Text)> CaptureAsync(string? user, string program, string[] arguments)
    {
        var info = Prepare(user, program, arguments);
        (info.RedirectStandardOutput, info.RedirectStandardError) = (true, true);
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
