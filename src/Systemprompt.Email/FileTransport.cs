using Systemprompt.Hosting;
using Systemprompt.Profiles;

namespace Systemprompt.Email;

/// <summary>Takes a finished message.</summary>
internal interface IMailTransport
{
    /// <summary>Delivers a message.</summary>
    /// <returns>Where it is now, in words for a log.</returns>
    /// <exception cref="MailException">It could not be delivered.</exception>
    Task<string> DeliverAsync(string messageId, ReadOnlyMemory<byte> message, CancellationToken cancellationToken);
}

/// <summary>Writes each message to an <c>.eml</c> file. A reader of the directory never sees half a message: it is written aside, flushed and renamed.</summary>
internal sealed class FileTransport(Profile profile) : IMailTransport
{
    public async Task<string> DeliverAsync(string messageId, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var configured = profile.Section<EmailSettings>().Directory;
        var directory = Path.GetFullPath(configured.Length > 0 ? configured : Path.Combine(profile.Section<StorageSettings>().Path, "mail"));
        // The name sorts by time: the id starts with it.
        var path = Path.Combine(directory, messageId.Split('@')[0] + ".eml");
        var aside = path + ".part";
        try
        {
            Directory.CreateDirectory(directory);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            await using (var file = new FileStream(aside, options))
            {
                await file.WriteAsync(message, cancellationToken);
                file.Flush(flushToDisk: true);
            }

            File.Move(aside, path);
            return path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MailException($"the mail could not be written to {directory}: {exception.Message}. Make the directory writable, or set email.directory in the profile.", exception);
        }
        finally
        {
            if (File.Exists(aside)) File.Delete(aside);
        }
    }
}
