using Microsoft.AspNetCore.Http;
using Systemprompt.Ai;
using Systemprompt.Security;

namespace Systemprompt.Core.Tests.Ai.Requests;

/// <summary>Which project a call counts for.</summary>
public sealed class ProjectTagTests
{
    private static readonly string[] Names = new AiSettings().ProjectHeaders.ToArray();

    [Theory]
    [InlineData("apollo", "", "key-project", "apollo")]
    [InlineData("", "proj_9aZ", "key-project", "proj_9aZ")]
    [InlineData("apollo", "proj_9aZ", null, "apollo")]
    [InlineData("", "", "key-project", "key-project")]
    [InlineData("", "", null, null)]
    [InlineData("a.b_c-d:e/F9", "", null, "a.b_c-d:e/F9")]
    public void The_first_header_that_is_there_goes_before_the_key(string header, string openAi, string? ofKey, string? expected)
    {
        Read(header, openAi, ofKey, out var project).ShouldBeNull();
        project.ShouldBe(expected);
    }

    [Theory]
    [InlineData("with blank")]
    [InlineData("a,b")]
    [InlineData("-first")]
    [InlineData("größe")]
    [InlineData("=cmd")]
    [InlineData("a\tb")]
    public void What_is_no_name_is_refused_with_its_place_and_not_repeated(string header)
    {
        var fault = Read(header, "", "key-project", out _);

        fault.ShouldBe("x-project: a project has 1 to 64 letters, digits and . _ - : /, the first a letter or digit");
        Read("", header, null, out _)!.ShouldStartWith("openai-project: ");
        fault!.ShouldNotContain(header);
    }

    [Fact]
    public void A_name_has_64_characters_and_not_one_more()
    {
        Read(new string('a', 64), "", null, out var project).ShouldBeNull();
        project.ShouldBe(new string('a', 64));
        Read(new string('a', 65), "", null, out _).ShouldNotBeNull();
    }

    [Fact]
    public void A_credential_in_the_wrong_header_is_not_recorded()
    {
        var fault = Read("AKIA" + "Z7QX3MKWJ2PLDR5T", "", null, out var project);

        fault.ShouldBe("x-project: holds what looks like a credential");
        project.ShouldBeNull();
    }

    [Fact]
    public void A_header_that_stands_twice_is_refused()
    {
        var headers = new HeaderDictionary { ["x-project"] = new(["one", "two"]) };

        ProjectTag.Read(headers, Names, Principal.Anonymous, out _).ShouldNotBeNull();
    }

    private static string? Read(string header, string openAi, string? ofKey, out string? project)
    {
        var headers = new HeaderDictionary();
        if (header.Length > 0) headers["X-Project"] = header;
        if (openAi.Length > 0) headers["OpenAI-Project"] = openAi;
        return ProjectTag.Read(headers, Names, Principal.Anonymous with { Project = ofKey }, out project);
    }
}
