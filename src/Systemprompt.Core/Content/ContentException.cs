namespace Systemprompt.Content;

/// <summary>Something asked for that content does not do: the message is for whoever asked.</summary>
public sealed class ContentException(string message) : Exception(message);
