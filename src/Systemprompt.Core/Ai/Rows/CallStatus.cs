namespace Systemprompt.Ai;

/// <summary>How a model call ended.</summary>
internal enum CallStatus
{
    /// <summary>Answered in full.</summary>
    Completed,

    /// <summary>The provider or the gateway could not answer.</summary>
    Failed,

    /// <summary>A policy or the kernel said no; nothing left for a provider.</summary>
    Refused,

    /// <summary>The client went away.</summary>
    Aborted,

    /// <summary>The gateway went away.</summary>
    Interrupted,
}

internal static class CallStatusNames
{
    public static string Word(this CallStatus status) => status switch
    {
        CallStatus.Completed => "completed",
        CallStatus.Failed => "failed",
        CallStatus.Refused => "refused",
        CallStatus.Aborted => "aborted",
        _ => "interrupted",
    };
}
