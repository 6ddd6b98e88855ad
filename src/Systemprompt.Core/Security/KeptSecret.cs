using System.Security.Cryptography;

namespace Systemprompt.Security;

/// <summary>A random secret that is made on first use and kept in a file which only its owner reads: for development and trials.</summary>
internal static class KeptSecret
{
    /// <summary>Reads the kept secret, or makes it. Of several processes that start at once, one makes it and all read the same.</summary>
    public static string ReadOrMake(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        if (!File.Exists(file))
        {
            var fresh = $"{file}.{Guid.NewGuid():N}";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var writer = new StreamWriter(fresh, options)) writer.Write(Convert.ToBase64String(RandomNumberGenerator.GetBytes(48)));
            try
            {
                File.Move(fresh, file, overwrite: false);
            }
            catch (IOException) when (File.Exists(file))
            {
                File.Delete(fresh);
            }
        }

        return File.ReadAllText(file).Trim();
    }
}
