using System.Globalization;

namespace Systemprompt.TrialKit;

/// <summary>A process whose wall clock begins at a moment of the test's choice: libfaketime.</summary>
public static class FakeClock
{
    /// <summary>What its environment holds.</summary>
    public static IReadOnlyDictionary<string, string> At(DateTime utc) => new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = Directory.EnumerateFiles("/usr/lib", "libfaketimeMT.so.1", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }).First(),
        ["FAKETIME"] = utc.ToString("@yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        // Waits and time-outs run on the real clock.
        ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
        ["TZ"] = "UTC",
    };
}
