using System.Reflection;
using Systemprompt.Profiles;

namespace Systemprompt.Core.Tests.Profiles;

public sealed class ProfileSourcesTests : IDisposable
{
    private static readonly Assembly Host = typeof(ProfileSourcesTests).Assembly;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sp-profiles-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_embedded_profile_is_enough()
    {
        var source = ProfileSources.Of(Host, _folder.FullName).All.ShouldHaveSingleItem();
        source.Source.ShouldBe("embedded:profiles/embedded/profile.yaml");
        source.Read().ShouldStartWith("tenant: embedded\n");
    }

    [Fact]
    public void A_folder_on_disk_overrides_the_embedded_profile_and_the_working_directory_goes_first()
    {
        var (working, beside) = (Path.Combine(_folder.FullName, "a"), Path.Combine(_folder.FullName, "b"));
        var besideFile = Write(beside, "embedded", "tenant: beside");
        Read("embedded", working, beside).ShouldBe("tenant: beside");

        Write(working, "embedded", "tenant: working");
        Write(working, "more", "tenant: more");
        Read("embedded", working, beside).ShouldBe("tenant: working");
        ProfileSources.Of(Host, working, beside).All.Select(source => source.Name).ShouldBe(["embedded", "more"]);
        ProfileSources.Of(Host).Find(besideFile)!.Read().ShouldBe("tenant: beside");
        ProfileSources.Of(Host).Find(Path.GetDirectoryName(besideFile)!)!.Name.ShouldBe("embedded");
    }

    [Fact]
    public void None_chosen_and_none_found_are_told_with_what_there_is()
    {
        var sources = ProfileSources.Of(Host);
        Refused(null, sources).ShouldBe("profile: no profile is chosen: set SYSTEMPROMPT_PROFILE or pass --profile NAME; there is embedded");
        Refused("embeded", sources).ShouldBe("profile: there is no profile 'embeded', did you mean 'embedded'?");
        Refused("staging", sources).ShouldBe("profile: there is no profile 'staging'; there is embedded");
        Refused("./nowhere/profile.yaml", sources).ShouldBe("profile: there is no profile './nowhere/profile.yaml'; there is embedded");
        Refused(null, new ProfileSources([])).ShouldEndWith("there is none in profiles/ or in this binary");
    }

    [Fact]
    public void A_file_that_is_no_profile_is_refused_without_being_read_whole()
    {
        var file = Write(_folder.FullName, "huge", new string('#', 10_000_000));
        Refused(file, ProfileSources.Of(Host)).ShouldEndWith("larger than 256 KB; a profile is small, so this is probably another file");

        File.WriteAllBytes(file, [0x74, 0xC3, 0x28]);
        Refused(file, ProfileSources.Of(Host)).ShouldEndWith("is not UTF-8 text");
    }

    private static string Read(string name, params string[] folders) => ProfileSources.Of(Host, folders).Find(name)!.Read();

    private static string Refused(string? chosen, ProfileSources sources) =>
        Should.Throw<ProfileException>(() => ProfileLoader.Load(chosen, sources, SampleProfile.Sections, _ => null)).Message;

    private static string Write(string folder, string profile, string text)
    {
        var file = Path.Combine(folder, "profiles", profile, "profile.yaml");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }
}
