namespace Systemprompt.Published.Tests;

/// <summary>Credentials of nobody. Put together here, so that no scanner takes the sources for a leak.</summary>
internal static class Canary
{
    public static string AwsKey { get; } = "AKIA" + "Q3EGVU7DXYSHJ2LM";

    public static string AnthropicKey { get; } = "sk-ant-" + "api03-" + string.Concat(Enumerable.Repeat("Zq7Rk2Xw9T", 9)) + "abc-AA";

    public static string GitHubToken { get; } = "ghp_" + "R9vX2bQmZ7kLw4TnJ8cYd1HsEu6GpA3fKx5t";

    public static string Password { get; } = "database-" + "password-canary";
}
