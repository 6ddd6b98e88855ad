using System.Text.Json;

namespace Systemprompt.Extensions;

/// <summary>How a job's arguments are written.</summary>
internal static class JobJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static string Write<T>(T args) => JsonSerializer.Serialize(args, Options);

    /// <exception cref="JsonException">The text does not fit.</exception>
    public static T Read<T>(string args) => JsonSerializer.Deserialize<T>(args, Options) ?? throw new JsonException("the arguments are null");
}

/// <summary>Arguments that the job's class cannot read; not to be mixed up with JSON that the job itself reads.</summary>
internal sealed class JobArgsException(JsonException fault) : Exception(fault.Message, fault);
