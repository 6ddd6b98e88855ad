using Systemprompt.AnthropicStub;

// anthropic-stub [--port N] [--key KEY]: serves until its standard input closes or a signal comes. Prints its address on the first line.
var port = 0;
string? key = null;
for (var i = 0; i + 1 < args.Length; i += 2)
{
    if (args[i] == "--port") port = int.Parse(args[i + 1]);
    else if (args[i] == "--key") key = args[i + 1];
    else return Usage();
}

if (args.Length % 2 != 0) return Usage();
await using var stub = await StubServer.StartAsync(new StubOptions { Port = port, Key = key, Record = false });
Console.WriteLine(stub.Address);
await stub.Stopped;
return 0;

static int Usage()
{
    Console.Error.WriteLine("usage: anthropic-stub [--port N] [--key KEY]");
    return 2;
}
