namespace Systemprompt.Ai;

/// <summary>How calls are answered by one kind of provider.</summary>
internal interface IModelWire
{
    /// <summary>
    /// Answers an opened call and settles it before its last byte leaves. What it throws, the gateway turns into an answer and an end.
    /// </summary>
    Task AnswerAsync(ModelCall call, CallTimer timer);
}
