namespace Systemprompt.TrialKit;

/// <summary>The file that <c>try.sh --check</c> published: <c>SYSTEMPROMPT_TRIAL_DIR</c> names the trial's folder.</summary>
public static class PublishedFile
{
    public const string Variable = "SYSTEMPROMPT_TRIAL_DIR";

    /// <summary>The trial's folder.</summary>
    public static string Trial { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } trial
        ? System.IO.Path.GetFullPath(trial)
        : throw new InvalidOperationException($"{Variable} is not set: run './try.sh --check --name MyCo --dir DIR' and set it to DIR, or run ./test.sh");

    /// <summary>The scaffolded solution.</summary>
    public static string Solution { get; } = System.IO.Path.Combine(Trial, "MyCo");

    /// <summary>The published file.</summary>
    public static string Path { get; } = System.IO.Path.Combine(Solution, "publish", "myco");

    /// <summary>
    /// For eng/record-startup-profile.sh: where SYSTEMPROMPT_RECORDINGS names a folder, each process writes there which methods it ran. The keywords are the
    /// JIT's, the loader's, and those that name types, methods looked up in images, and the types these are generic over.
    /// </summary>
    public static void Record(IDictionary<string, string?> environment)
    {
        if (Environment.GetEnvironmentVariable("SYSTEMPROMPT_RECORDINGS") is not { Length: > 0 } folder) return;
        environment["DOTNET_EnableEventPipe"] = "1";
        environment["DOTNET_EventPipeOutputStreaming"] = "1";
        environment["DOTNET_EventPipeOutputPath"] = System.IO.Path.Combine(folder, "{pid}.nettrace");
        environment["DOTNET_EventPipeConfig"] = "Microsoft-Windows-DotNETRuntime:0x6000080018:5";
    }

    /// <summary>Copies the file alone into a folder.</summary>
    public static string CopyInto(string folder)
    {
        var copy = System.IO.Path.Combine(folder, "myco");
        if (!File.Exists(copy)) File.Copy(Path, copy);
        return copy;
    }
}
