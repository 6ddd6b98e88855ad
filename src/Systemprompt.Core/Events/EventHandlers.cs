using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Systemprompt.Extensions;

namespace Systemprompt.Events;

/// <summary>What the enabled extensions do when something happens.</summary>
internal sealed partial class EventHandlers
{
    private readonly Dictionary<string, EventHandlerRegistration> _byName = new(StringComparer.Ordinal);
    private readonly ILookup<string, EventHandlerRegistration> _once;
    private readonly ILookup<string, EventHandlerRegistration> _everywhere;
    private readonly IServiceScopeFactory _scopes;
    private readonly ILogger _logger;

    /// <exception cref="ExtensionException">A handler's name stands twice.</exception>
    public EventHandlers(ExtensionRegistry extensions, IServiceScopeFactory scopes, ILogger<EventHandlers> logger)
    {
        (_scopes, _logger) = (scopes, logger);
        foreach (var extension in extensions.Enabled)
            foreach (var handler in extension.EventHandlers)
                if (!_byName.TryAdd(handler.Name, handler)) throw new ExtensionException($"extension '{extension.Id}': event handler '{handler.Name}' stands twice; rename one");
        _once = _byName.Values.Where(handler => handler.RunsOnce).ToLookup(handler => handler.Kind, StringComparer.Ordinal);
        _everywhere = _byName.Values.Where(handler => !handler.RunsOnce).ToLookup(handler => handler.Kind, StringComparer.Ordinal);
    }

    public IEnumerable<EventHandlerRegistration> OnceFor(string kind) => _once[kind];

    public EventHandlerRegistration? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Runs the handlers of this process. One that fails is logged, and the others go on.</summary>
    public async Task TellAsync(LoggedEvent happened, CancellationToken cancellationToken)
    {
        foreach (var handler in _everywhere[happened.Kind])
        {
            try
            {
                await RunAsync(handler, happened, cancellationToken);
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                HandlerFailed(_logger, handler.Name, happened.Id, exception);
            }
        }
    }

    public async Task RunAsync(EventHandlerRegistration handler, LoggedEvent happened, CancellationToken cancellationToken)
    {
        await using var scope = _scopes.CreateAsyncScope();
        try
        {
            await handler.HandleAsync(scope.ServiceProvider, happened.Id, happened.At, happened.Data, cancellationToken);
        }
        catch (JsonException fault)
        {
            throw new JobDiscardException($"event {happened.Id} cannot be read by {handler.Name}: {fault.Message}");
        }
    }

    [LoggerMessage(2701, LogLevel.Error, "Event handler {Handler} failed on event {Event}; it is not tried again")]
    private static partial void HandlerFailed(ILogger logger, string handler, long @event, Exception exception);
}
