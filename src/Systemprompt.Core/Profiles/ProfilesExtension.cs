using Systemprompt.Cli;
using Systemprompt.Extensions;

namespace Systemprompt.Profiles;

/// <summary>
/// The environment as one immutable value. <see cref="ProfileLoader"/> chooses and parses a profile into nodes with places (<c>Yaml/</c>);
/// <see cref="ProfileDocument"/> binds a section to its record on first use (<c>Binding/</c>), so that a command needs only the
/// variables of what it reads. Every fault carries its line and column, and all of them come at once.
/// </summary>
[Extension("profiles", Description = "The environment: strict YAML profiles, bound to typed sections.")]
internal sealed class ProfilesExtension : CoreExtension
{
    public override int Priority => 0;

    public override bool IsRequired => true;

    public override IReadOnlyList<SettingsSection> Settings => [SettingsSection.Of<ExtensionsSettings>("extensions")];

    public override void MapCommands(CommandMap commands) => ConfigCommands.Map(commands);
}
