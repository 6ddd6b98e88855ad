namespace Systemprompt.Published.Tests;

/// <summary>Tests that hold the product to seconds or to memory, or load it: none may take another's processor. They run when all others have.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
