namespace Systemprompt.Profiles;

/// <summary>Marks a setting whose value is never shown, and which must come from a variable or a file, never stand in the profile itself.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecretAttribute : Attribute;
