using System.Text.Json;

namespace Systemprompt.Ai;

/// <summary>How far what a tool finds may go beyond the call's body, the farthest last.</summary>
internal enum ToolReach
{
    /// <summary>The client runs it, and sends what it found in the next call.</summary>
    Client,

    /// <summary>The provider searches, but only in what it has kept of the web.</summary>
    KeptPages,

    /// <summary>The provider runs it: what it finds is input too, and the model is asked anew with all of it each time.</summary>
    Provider,
}

/// <summary>Tells by a tool's form who runs it. Where in doubt, the provider does.</summary>
internal static class ToolReaches
{
    /// <summary>Reads a tool to its end, and tells how far it reaches.</summary>
    /// <param name="reader">At the beginning of an object.</param>
    public static ToolReach Of(ref Utf8JsonReader reader)
    {
        var tool = reader;
        var farthest = ToolReach.Client;
        while (Next(ref reader, "type"u8))
        {
            if (reader.TokenType == JsonTokenType.String && Of(ref reader, tool) is var reach && reach > farthest) farthest = reach;
            reader.Skip();
        }

        return farthest;
    }

    /// <summary>How far a tool of a type reaches.</summary>
    /// <param name="type">At the type.</param>
    /// <param name="tool">At the beginning of the tool, of which some types need to be looked at.</param>
    private static ToolReach Of(ref Utf8JsonReader type, Utf8JsonReader tool)
    {
        if (JsonText.Is(ref type, "web_search"u8) || JsonText.Is(ref type, "web_search_2025_08_26"u8)) return IsOffline(tool) ? ToolReach.KeptPages : ToolReach.Provider;
        if (JsonText.Is(ref type, "tool_search"u8)) return Says(tool, "execution"u8, "client"u8) ? ToolReach.Client : ToolReach.Provider;
        if (JsonText.Is(ref type, "shell"u8)) return IsLocal(tool) ? ToolReach.Client : ToolReach.Provider;
        return IsClients(ref type) ? ToolReach.Client : ToolReach.Provider;
    }

    private static bool IsClients(ref Utf8JsonReader type)
    {
        if (JsonText.Is(ref type, "custom"u8) || JsonText.Is(ref type, "function"u8) || JsonText.Is(ref type, "namespace"u8)) return true;
        if (JsonText.Is(ref type, "local_shell"u8) || JsonText.Is(ref type, "apply_patch"u8)) return true;
        var name = type.ValueSpan;
        return name.StartsWith("bash_"u8) || name.StartsWith("text_editor_"u8) || name.StartsWith("memory_"u8) || name.StartsWith("computer"u8);
    }

    private static bool IsOffline(Utf8JsonReader tool)
    {
        var offline = false;
        while (Next(ref tool, "external_web_access"u8))
        {
            if (tool.TokenType != JsonTokenType.False) return false;
            offline = true;
        }

        return offline;
    }

    private static bool IsLocal(Utf8JsonReader tool)
    {
        var local = false;
        while (Next(ref tool, "environment"u8))
        {
            if (tool.TokenType != JsonTokenType.StartObject || !Says(tool, "type"u8, "local"u8)) return false;
            local = true;
            tool.Skip();
        }

        return local;
    }

    /// <summary>Whether a member is there and has this value, each time where it stands twice: nobody knows which one a provider reads.</summary>
    private static bool Says(Utf8JsonReader parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var says = false;
        while (Next(ref parent, name))
        {
            if (parent.TokenType != JsonTokenType.String || !JsonText.Is(ref parent, value)) return false;
            says = true;
        }

        return says;
    }

    /// <summary>Goes on to the value of the next member of this name; false at the end of the object.</summary>
    /// <param name="reader">At the beginning of the object, or at the end of a member's value.</param>
    /// <param name="name">ASCII letters.</param>
    private static bool Next(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = JsonText.Is(ref reader, name);
            reader.Read();
            if (found) return true;
            reader.Skip();
        }

        return false;
    }
}
