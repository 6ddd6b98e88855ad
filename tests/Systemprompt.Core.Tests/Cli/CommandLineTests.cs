using System.Reflection;
using System.Text.Json;
using Systemprompt.Cli;
using Systemprompt.Hosting;

namespace Systemprompt.Core.Tests.Cli;

public sealed class CommandLineTests
{
    [Fact]
    public async Task Version_is_a_table_for_people_and_one_document_as_json()
    {
        var text = await RunAsync("version");
        text.Code.ShouldBe(0);
        text.Out.ShouldContain("systemprompt");

        var json = await RunAsync("version", "--json");
        JsonDocument.Parse(json.Out).RootElement.GetProperty("systemprompt").GetString().ShouldNotBeNullOrEmpty();
        json.Error.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("servces start", "services")]
    [InlineData("extensions lst", "list")]
    [InlineData("version --jsn", "--json")]
    public async Task A_wrong_word_is_a_wrong_call_and_suggests_the_right_one(string line, string suggestion)
    {
        var result = await RunAsync(line.Split(' '));
        result.Code.ShouldBe(2);
        result.Out.ShouldBeEmpty();
        result.Error.ShouldContain(suggestion);
        result.Error.ShouldContain("--help");
    }

    [Fact]
    public async Task A_group_without_a_command_shows_its_help_and_is_a_wrong_call()
    {
        var result = await RunAsync("extensions");
        result.Code.ShouldBe(2);
        result.Out.ShouldBeEmpty();
        result.Error.ShouldContain("list");
    }

    [Fact]
    public async Task No_words_show_the_help() => (await RunAsync()).Out.ShouldContain("extensions");

    [Fact]
    public async Task Every_command_has_a_help_page_with_an_example_that_is_a_call_of_it()
    {
        foreach (var command in Composition.Create(Host).Commands())
        {
            var result = await RunAsync([.. command.Path.Split(' '), "--help"]);
            result.Code.ShouldBe(0, command.Path);
            result.Out.ShouldContain("Example:");
            result.Out.ShouldContain(command.Example);
            command.Example.ShouldStartWith(command.Path);
            command.Description.ShouldEndWith(".");
        }
    }

    [Fact]
    public async Task An_unknown_extension_is_an_error_that_names_the_remedy()
    {
        var result = await RunAsync("extensions", "show", "nothing");
        result.Code.ShouldBe(1);
        result.Error.Trim().ShouldBe("there is no extension 'nothing' in this binary; 'extensions list' shows what there is");
    }

    [Fact]
    public async Task A_command_that_needs_no_profile_runs_without_one()
    {
        var result = await RunAsync("extensions", "list", "--json");
        result.Code.ShouldBe(0, result.Error);
        JsonDocument.Parse(result.Out).RootElement.EnumerateArray().Select(row => row.GetProperty("id").GetString()).ShouldContain("database");
    }

    private static HostDefinition Host => CoreExtensions.With(new HostDefinition(Assembly.GetExecutingAssembly(), []));

    private static async Task<(int Code, string Out, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await new CliRunner(Host, output, error).RunAsync(args, CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }
}
