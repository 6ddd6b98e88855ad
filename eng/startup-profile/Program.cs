using Systemprompt.StartupProfile;

// What the recorded processes ran, as a profile for crossgen2. eng/record-startup-profile.sh calls it.
if (args is not [var recordings, var assemblies, var customer, var output])
{
    Console.Error.WriteLine("usage: StartupProfile RECORDINGS ASSEMBLIES CUSTOMER OUTPUT    folders of .nettrace files and of the trimmed assemblies, the prefix of the customer's assemblies, the .mibc to write");
    return 2;
}

using var profile = new Profile(assemblies, customer);
foreach (var file in Directory.EnumerateFiles(recordings, "*.nettrace").Order(StringComparer.Ordinal))
{
    var before = profile.Count;
    profile.Add(Recording.Read(file));
    Console.WriteLine($"{Path.GetFileName(file)}: {profile.Count - before} more methods");
}

profile.Write(output);
File.WriteAllLines(Path.ChangeExtension(output, ".txt"), profile.Assemblies.Select(name => $"{name}.dll"));
Console.WriteLine($"{output}: {profile.Count} methods");
return 0;
