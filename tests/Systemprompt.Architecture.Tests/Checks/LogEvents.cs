using Mono.Cecil;

namespace Systemprompt.Architecture.Tests.Checks;

/// <summary>A log line declared with <c>[LoggerMessage]</c>.</summary>
internal sealed record LogEvent(int Id, string Method, string Area)
{
    private const string Attribute = "Microsoft.Extensions.Logging.LoggerMessageAttribute";

    /// <summary>First id of each area's range; a range ends where the next begins or after a hundred.</summary>
    public static readonly IReadOnlyDictionary<string, (int First, int Last)> Ranges = new Dictionary<string, (int, int)>
    {
        ["Systemprompt.Hosting"] = (1000, 1099),
        ["Systemprompt.Profiles"] = (1100, 1199),
        ["Systemprompt.Database"] = (1200, 1249),
        ["Systemprompt.EmbeddedPostgres"] = (1250, 1299),
        ["Systemprompt.Security"] = (1300, 1399),
        ["Systemprompt.Http"] = (1400, 1499),
        ["Systemprompt.Cli"] = (1500, 1599),
        ["Systemprompt.Extensions"] = (1600, 1699),
        ["Systemprompt.Telemetry"] = (1700, 1799),
        ["Systemprompt.Audit"] = (2000, 2099),
        ["Systemprompt.Ai"] = (2100, 2199),
        ["Systemprompt.Governance"] = (2200, 2299),
        ["Systemprompt.Logging"] = (2300, 2399),
        ["Systemprompt.Scheduler"] = (2400, 2499),
        ["Systemprompt.Secrets"] = (2500, 2599),
        ["Systemprompt.Users"] = (2600, 2699),
        ["Systemprompt.Events"] = (2700, 2799),
        ["Systemprompt.Analytics"] = (2800, 2899),
        ["Systemprompt.Files"] = (2900, 2949),
        ["Systemprompt.Content"] = (2950, 2999),
        ["Systemprompt.Web"] = (3000, 3099),
        ["Systemprompt.Marketplace"] = (3100, 3199),
        ["Systemprompt.Email"] = (3200, 3299),
        ["Systemprompt.Budgets"] = (3300, 3399),
        ["Systemprompt.Live"] = (3400, 3499),
        ["Systemprompt.Testing"] = (3900, 3999),
    };

    public static IEnumerable<LogEvent> In(AssemblyDefinition assembly) =>
        from type in assembly.MainModule.GetTypes()
        from method in type.Methods
        from attribute in method.CustomAttributes
        where attribute.AttributeType.FullName == Attribute
        select new LogEvent(IdOf(attribute), $"{type.FullName}.{method.Name}", AreaOf(type));

    public static IReadOnlyList<string> Faults(IReadOnlyCollection<LogEvent> events) =>
    [
        .. from line in events
           where !Ranges.TryGetValue(line.Area, out var range) || line.Id < range.First || line.Id > range.Last
           select $"{line.Method}: event {line.Id} is outside the range of {line.Area}",
        .. from same in events.GroupBy(line => line.Id)
           where same.Count() > 1
           select $"event {same.Key} is used twice: {string.Join(", ", same.Select(line => line.Method))}",
    ];

    private static int IdOf(CustomAttribute attribute) =>
        attribute.Properties.Where(property => property.Name == "EventId").Select(property => property.Argument.Value)
            .Concat(attribute.ConstructorArguments.Select(argument => argument.Value))
            .OfType<int>().FirstOrDefault(-1);

    private static string AreaOf(TypeDefinition type) => type.DeclaringType is { } outer
        ? AreaOf(outer)
        : string.Join('.', type.Namespace.Split('.').Take(2));
}
