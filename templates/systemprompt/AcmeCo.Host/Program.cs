using Systemprompt;

return await SystempromptHost.RunAsync(args, CompiledExtensions.All);
