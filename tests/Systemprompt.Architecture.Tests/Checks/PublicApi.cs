using System.Text;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Systemprompt.Architecture.Tests.Checks;

/// <summary>Writes what a customer can call as sorted, C#-like text.</summary>
internal static partial class PublicApi
{
    private static readonly string[] OfRecords = ["<Clone>$", "Equals", "GetHashCode", "ToString", "PrintMembers", "Deconstruct", "op_Equality", "op_Inequality"];

    private static readonly SymbolDisplayFormat Format = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints
            | SymbolDisplayGenericsOptions.IncludeVariance,
        memberOptions: SymbolDisplayMemberOptions.IncludeType | SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeModifiers
            | SymbolDisplayMemberOptions.IncludeAccessibility | SymbolDisplayMemberOptions.IncludeRef | SymbolDisplayMemberOptions.IncludeConstantValue,
        parameterOptions: SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName
            | SymbolDisplayParameterOptions.IncludeParamsRefOut | SymbolDisplayParameterOptions.IncludeDefaultValue
            | SymbolDisplayParameterOptions.IncludeExtensionThis,
        kindOptions: SymbolDisplayKindOptions.IncludeMemberKeyword,
        delegateStyle: SymbolDisplayDelegateStyle.NameAndSignature,
        propertyStyle: SymbolDisplayPropertyStyle.ShowReadWriteDescriptor,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    public static string Of(string assemblyPath) => Of(MetadataReference.CreateFromFile(assemblyPath), References(assemblyPath));

    public static string Of(MetadataReference assembly, IEnumerable<MetadataReference> references)
    {
        var compilation = CSharpCompilation.Create("dump", references: references.Append(assembly));
        var symbol = (IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(assembly)!;
        var text = new StringBuilder();
        foreach (var type in Types(symbol.GlobalNamespace).OrderBy(type => type.ToDisplayString(Format), StringComparer.Ordinal))
        {
            if (text.Length > 0) text.Append('\n');
            text.Append(Header(type)).Append('\n');
            foreach (var line in Members(type).Distinct().Order(StringComparer.Ordinal)) text.Append("    ").Append(line).Append('\n');
        }

        return FrameworkNamespace().Replace(text.ToString(), "");
    }

    private static IEnumerable<MetadataReference> References(string assemblyPath) =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => path != assemblyPath && Path.GetFileName(path) != Path.GetFileName(assemblyPath))
            .Select(path => MetadataReference.CreateFromFile(path));

    private static IEnumerable<INamedTypeSymbol> Types(INamespaceOrTypeSymbol container) =>
        container.GetMembers().SelectMany(member => member switch
        {
            INamespaceSymbol ns => Types(ns),
            INamedTypeSymbol type when IsVisible(type) => Types(type).Prepend(type),
            _ => [],
        });

    private static string Header(INamedTypeSymbol type)
    {
        var kind = (type.TypeKind, type.IsRecord) switch
        {
            (TypeKind.Struct, true) => "record struct",
            (_, true) => "record",
            (TypeKind.Struct, _) => type.IsRefLikeType ? "ref struct" : type.IsReadOnly ? "readonly struct" : "struct",
            _ => type.TypeKind.ToString().ToLowerInvariant(),
        };
        var modifier = type.TypeKind != TypeKind.Class ? "" : type.IsStatic ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "";
        if (type.TypeKind == TypeKind.Delegate)
            return $"{Access(type)} delegate {type.ToDisplayString(Format)}";
        var bases = type.Interfaces.Where(IsVisible).Where(face => !(HasValueEquality(type) && IsEquatable(face))).Select(face => face.ToDisplayString(Format))
            .Order(StringComparer.Ordinal);
        if (type is { TypeKind: TypeKind.Class, BaseType: { SpecialType: SpecialType.None } parent }) bases = bases.Prepend(parent.ToDisplayString(Format)).OrderBy(_ => 0);
        var list = string.Join(", ", bases);
        return $"{Access(type)} {modifier}{kind} {type.ToDisplayString(Format)}{(list.Length > 0 ? $" : {list}" : "")}";
    }

    private static IEnumerable<string> Members(INamedTypeSymbol type) =>
        from member in type.GetMembers()
        where member is not INamedTypeSymbol && IsVisible(member) && type.TypeKind != TypeKind.Delegate
        where member is not IMethodSymbol { MethodKind: MethodKind.PropertyGet or MethodKind.PropertySet or MethodKind.EventAdd or MethodKind.EventRemove }
        where !(HasValueEquality(type) && (OfRecords.Contains(member.Name) || member.Name == "EqualityContract" || IsCopy(member, type)))
        where !(member is IMethodSymbol { MethodKind: MethodKind.Constructor, Parameters.IsEmpty: true } && type.TypeKind == TypeKind.Struct)
        where !(type.TypeKind == TypeKind.Enum && member is IMethodSymbol)
        select Line(member, type);

    private static string Line(ISymbol member, INamedTypeSymbol type)
    {
        if (member is IFieldSymbol { HasConstantValue: true } constant && type.TypeKind == TypeKind.Enum) return $"{member.Name} = {constant.ConstantValue}";
        var line = member.ToDisplayString(Format);
        var own = $"{type.ToDisplayString(Format.WithGenericsOptions(SymbolDisplayGenericsOptions.None))}.";
        var required = member is IPropertySymbol { IsRequired: true } && !line.Contains("required ", StringComparison.Ordinal) ? "required " : "";
        return required + line.Replace(own, "", StringComparison.Ordinal);
    }

    private static bool IsCopy(ISymbol member, INamedTypeSymbol type) =>
        member is IMethodSymbol { MethodKind: MethodKind.Constructor, Parameters: [var only] } && SymbolEqualityComparer.Default.Equals(only.Type, type);

    private static bool IsVisible(ISymbol symbol) =>
        symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal
        && (symbol.ContainingType is null || IsVisible(symbol.ContainingType))
        && !(symbol is IMethodSymbol method && method.ExplicitInterfaceImplementations.Length > 0);

    /// <summary>A record, or a struct that says it is equal by value; what the compiler adds to those is no news.</summary>
    private static bool HasValueEquality(INamedTypeSymbol type) => type.IsRecord || (type.IsValueType && type.Interfaces.Any(IsEquatable));

    private static bool IsEquatable(INamedTypeSymbol face) => face is { Name: "IEquatable", ContainingNamespace.Name: "System" };

    // Task and IReadOnlyList are known to every reader; the namespaces of everything else stay.
    [GeneratedRegex(@"(?<![\w.])System\.(?:[A-Z]\w*\.)*(?=[A-Z])")]
    private static partial Regex FrameworkNamespace();

    private static string Access(ISymbol symbol) => SyntaxFacts.GetText(symbol.DeclaredAccessibility);
}
