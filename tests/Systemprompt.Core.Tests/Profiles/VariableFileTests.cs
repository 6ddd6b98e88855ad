using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Profiles;

/// <summary>Values from files, as container secrets are mounted.</summary>
public sealed class VariableFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sp-profile-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("abc", "abc")]
    [InlineData("abc\n", "abc")]
    [InlineData("abc\r\n", "abc")]
    [InlineData(" abc \n\n", " abc \n")]
    public void A_file_is_its_content_without_its_last_line_end(string content, string value)
    {
        var file = Write("secret", content);
        Name($"${{file:{file}}}").ShouldBe(value);
        Name("${NAME}", ("NAME_FILE", file)).ShouldBe(value);
    }

    [Fact]
    public void A_variable_goes_before_its_file_and_the_file_before_the_default()
    {
        var file = Write("name", "from file");
        Name("${NAME:-default}", ("NAME", "from variable"), ("NAME_FILE", file)).ShouldBe("from variable");
        Name("${NAME:-default}", ("NAME", ""), ("NAME_FILE", file)).ShouldBe("from file");
        Name("${NAME:-default}").ShouldBe("default");
    }

    [Fact]
    public void A_file_that_cannot_be_read_names_key_file_and_variable()
    {
        Fault("${NAME}", ("NAME_FILE", "/nowhere/x")).ShouldStartWith("profile.yaml:3:9: sample.name: cannot read file /nowhere/x (NAME_FILE): ");
        Fault($"${{file:{_folder.FullName}}}").ShouldStartWith($"profile.yaml:3:9: sample.name: cannot read file {_folder.FullName} (file:{_folder.FullName}): ");
    }

    [Fact]
    public void A_file_that_is_no_value_is_refused()
    {
        var large = Write("large", new string('x', 65_537));
        Fault($"${{file:{large}}}").ShouldEndWith("is larger than 64 KB, so it is probably another file");
        Name($"${{file:{Write("fits", new string('x', 65_536))}}}").Length.ShouldBe(65_536);

        var binary = Path.Combine(_folder.FullName, "binary");
        File.WriteAllBytes(binary, [0xC3, 0x28, 0xFF]);
        Fault($"${{file:{binary}}}").ShouldEndWith("is not UTF-8 text");
        Fault("${file:/dev/zero}").ShouldEndWith("is larger than 64 KB, so it is probably another file");
    }

    [Fact]
    public void A_secret_from_a_file_says_which_variable_named_it()
    {
        var file = Write("key", "long-enough-secret\n");
        var profile = SampleProfile.Load("tenant: a\nsample:\n  name: x\n  key: ${KEY}\n", name => name == "KEY_FILE" ? file : null);
        profile.Section<SampleSettings>().Key.ShouldBe("long-enough-secret");
        profile.Document.Bind(SampleProfile.Sections[0], [], out var origins);
        origins["sample.key"].ShouldBe("KEY_FILE");
    }

    private static string Name(string value, params (string Name, string Value)[] variables) => Load(value, variables).Section<SampleSettings>().Name;

    private static string Fault(string value, params (string Name, string Value)[] variables) =>
        Should.Throw<ProfileException>(() => Load(value, variables).ResolveAll()).Faults.ShouldHaveSingleItem().ToString();

    private static Profile Load(string value, (string Name, string Value)[] variables) =>
        SampleProfile.Load($"tenant: a\nsample:\n  name: {value}\n", name => variables.FirstOrDefault(variable => variable.Name == name).Value);

    private string Write(string name, string content)
    {
        var file = Path.Combine(_folder.FullName, name);
        File.WriteAllText(file, content);
        return file;
    }
}
