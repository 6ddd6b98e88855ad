namespace System.Runtime.CompilerServices;

/// <summary>Lets records compile for netstandard2.0, which a compiler plug-in has to target.</summary>
internal static class IsExternalInit;
