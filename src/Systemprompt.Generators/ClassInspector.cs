using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Systemprompt.Generators;

/// <summary>Looks at one class of the project being compiled.</summary>
internal static class ClassInspector
{
    public const string AttributeName = "Systemprompt.Extensions.ExtensionAttribute";
    private const string BaseClass = "Systemprompt.Extensions.Extension";

    /// <summary>Judges a class that carries the attribute.</summary>
    public static Inspection Attributed(GeneratorAttributeSyntaxContext context)
    {
        var type = (INamedTypeSymbol)context.TargetSymbol;
        var name = CSharpName.Of(type);
        var place = SourcePlace.Of(((ClassDeclarationSyntax)context.TargetNode).Identifier.GetLocation());
        var attribute = context.Attributes[0];
        if (attribute.ConstructorArguments.FirstOrDefault() is not { Kind: TypedConstantKind.Primitive, Value: string id })
            return new Inspection(null, default); // null or an expression the compiler refuses by itself

        var argument = (attribute.ApplicationSyntaxReference?.GetSyntax() as AttributeSyntax)?.ArgumentList?.Arguments.FirstOrDefault();
        var idPlace = argument is null ? place : SourcePlace.Of(argument.GetLocation());
        var faults = Faults(type, name, place).Concat(IdFaults(id, idPlace)).ToEquatableArray();
        var usable = faults.Items.IsEmpty ? new DeclaredExtension(new ExtensionEntry(id, name), place) : null;
        return new Inspection(usable, faults);
    }

    /// <summary>A fault when the class is an extension that lacks the attribute; null otherwise.</summary>
    public static Fault? Unattributed(GeneratorSyntaxContext context, CancellationToken cancellationToken)
    {
        var declaration = (ClassDeclarationSyntax)context.Node;
        if (context.SemanticModel.GetDeclaredSymbol(declaration, cancellationToken) is not INamedTypeSymbol { IsAbstract: false } type
            || !DerivesFromExtension(type)
            || type.GetAttributes().Any(attribute => attribute.AttributeClass?.ToDisplayString() == AttributeName))
            return null;

        return Fault.At(SourcePlace.Of(declaration.Identifier.GetLocation()), Rules.MissingAttribute, CSharpName.Of(type));
    }

    private static IEnumerable<Fault> Faults(INamedTypeSymbol type, string name, SourcePlace place)
    {
        if (!DerivesFromExtension(type))
        {
            yield return Fault.At(place, Rules.NotAnExtension, name);
            yield break;
        }

        if (type.ContainingType is not null || type.IsGenericType)
            yield return Fault.At(place, Rules.NestedOrGeneric, name);
        if (type.DeclaredAccessibility != Accessibility.Public)
            yield return Fault.At(place, Rules.NotPublic, name);
        if (type.IsAbstract)
            yield return Fault.At(place, Rules.AbstractWithId, name);
        else if (!HasUsableConstructor(type))
            yield return Fault.At(place, Rules.NoConstructor, name);
    }

    private static IEnumerable<Fault> IdFaults(string id, SourcePlace place)
    {
        if (!ExtensionId.IsWellFormed(id))
            yield return Fault.At(place, Rules.MalformedId, id);
        else if (ExtensionId.OwnerOf(id) is { } owner)
            yield return Fault.At(place, Rules.ReservedId, id, owner);
    }

    private static bool HasUsableConstructor(INamedTypeSymbol type)
    {
        var constructor = type.InstanceConstructors.FirstOrDefault(candidate => candidate.Parameters.IsEmpty);
        if (constructor is not { DeclaredAccessibility: Accessibility.Public }) return false;

        var setsRequired = constructor.GetAttributes().Any(attribute => attribute.AttributeClass?.Name == "SetsRequiredMembersAttribute");
        return setsRequired || !SelfAndBases(type).SelectMany(level => level.GetMembers()).Any(IsRequired);
    }

    private static bool IsRequired(ISymbol member) => member is IPropertySymbol { IsRequired: true } or IFieldSymbol { IsRequired: true };

    private static bool DerivesFromExtension(INamedTypeSymbol type) =>
        SelfAndBases(type).Skip(1).Any(level => level.ToDisplayString() == BaseClass);

    private static IEnumerable<INamedTypeSymbol> SelfAndBases(INamedTypeSymbol type)
    {
        for (var level = type; level is not null; level = level.BaseType) yield return level;
    }
}
