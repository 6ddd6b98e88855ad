// A process of its own that runs or joins an embedded server, to be killed by the tests: FOLDER Server|Command|Throwaway BINARIES.
// It prints the address, or the fault, as one line, and ends when its standard input does.
using Microsoft.Extensions.Logging.Abstractions;
using Systemprompt.Database;
using Systemprompt.Database.Embedded;
using Systemprompt.Hosting;

var isThrowaway = args[1] == "Throwaway";
var options = new EmbeddedOptions { Folder = args[0], Search = new BinarySearch(args[2], [], null, "/nonexistent"), IsThrowaway = isThrowaway };
var loops = new BackgroundLoops(TimeProvider.System, NullLogger<BackgroundLoops>.Instance);
await using var server = new EmbeddedServer(options, loops, TimeProvider.System, NullLogger<EmbeddedServer>.Instance);
try
{
    Console.WriteLine(await server.StartAsync(isThrowaway ? EmbeddedUse.Server : Enum.Parse<EmbeddedUse>(args[1]), CancellationToken.None));
}
catch (DatabaseException exception)
{
    Console.WriteLine(exception.Message.ReplaceLineEndings(" "));
    return 1;
}

await Console.In.ReadToEndAsync();
return 0;
