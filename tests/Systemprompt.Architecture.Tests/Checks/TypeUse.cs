using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Systemprompt.Architecture.Tests.Checks;

/// <summary>Which types a type uses, from its metadata and method bodies: what the compiler saw, whatever the source looked like.</summary>
internal static class TypeUse
{
    /// <summary>Top-level types of an assembly, their closures and state machines counted as theirs.</summary>
    public static IEnumerable<(TypeDefinition User, TypeReference Used)> All(AssemblyDefinition assembly) =>
        from type in assembly.MainModule.Types
        from used in Of(type).SelectMany(Flatten).Select(Outermost).DistinctBy(used => used.FullName)
        where used.FullName != type.FullName
        select (type, used);

    private static IEnumerable<TypeReference?> Of(TypeDefinition type) =>
    [
        type.BaseType,
        .. type.Interfaces.Select(implemented => implemented.InterfaceType),
        .. Attributes(type),
        .. type.GenericParameters.SelectMany(Constraints),
        .. type.Fields.SelectMany(field => Attributes(field).Append(field.FieldType)),
        .. type.Properties.SelectMany(Attributes),
        .. type.Events.SelectMany(Attributes),
        .. type.Methods.SelectMany(Of),
        .. type.NestedTypes.SelectMany(Of),
    ];

    private static IEnumerable<TypeReference?> Of(MethodDefinition method) =>
    [
        .. Signature(method),
        .. Attributes(method),
        .. Attributes(method.MethodReturnType),
        .. method.GenericParameters.SelectMany(Constraints),
        .. method.Parameters.SelectMany(Attributes),
        .. method.HasBody ? Of(method.Body) : [],
    ];

    private static IEnumerable<TypeReference?> Of(MethodBody body) =>
    [
        .. body.Variables.Select(variable => variable.VariableType),
        .. body.ExceptionHandlers.Select(handler => handler.CatchType),
        .. body.Instructions.SelectMany(Operand),
    ];

    private static IEnumerable<TypeReference?> Operand(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        MethodReference method => Signature(method),
        _ => [],
    };

    private static IEnumerable<TypeReference?> Signature(MethodReference method) =>
    [
        method.DeclaringType,
        method.ReturnType,
        .. method.Parameters.Select(parameter => parameter.ParameterType),
        .. method is GenericInstanceMethod generic ? generic.GenericArguments : [],
    ];

    private static IEnumerable<TypeReference?> Constraints(GenericParameter parameter) =>
        parameter.Constraints.Select(constraint => constraint.ConstraintType);

    private static IEnumerable<TypeReference?> Attributes(ICustomAttributeProvider provider) =>
        from attribute in provider.CustomAttributes
        from type in attribute.ConstructorArguments.Select(argument => argument.Value as TypeReference).Prepend(attribute.AttributeType)
        select type;

    private static IEnumerable<TypeReference> Flatten(TypeReference? type) => type switch
    {
        null or GenericParameter => [],
        GenericInstanceType generic => [generic.ElementType, .. generic.GenericArguments.SelectMany(Flatten)],
        FunctionPointerType => [],
        TypeSpecification wrapped => Flatten(wrapped.ElementType),
        _ => [type],
    };

    private static TypeReference Outermost(TypeReference type) => type.DeclaringType is { } outer ? Outermost(outer) : type;
}
