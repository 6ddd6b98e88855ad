using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Systemprompt.Database.Embedded;

namespace Systemprompt.Database;

/// <summary>The server this process uses, once it is known, and the ways to connect to it.</summary>
internal sealed class DatabaseServer(DatabaseSettings settings, IServiceProvider services)
{
    private volatile DatabaseAddress? _address;

    /// <summary>Where the database is.</summary>
    /// <exception cref="InvalidOperationException">It is not known yet.</exception>
    public DatabaseAddress Address => _address
        ?? throw new InvalidOperationException(
            "the database is not up yet: an NpgsqlDataSource can be had from the container only after start, that is in StartAsync, in a handler or in a command, "
            + "but not in ConfigureServices, in MapRoutes, or in the constructor of a service they resolve");

    /// <summary>False until <see cref="EnsureAsync"/> has been through.</summary>
    public bool IsKnown => _address is not null;

    /// <summary>Finds out where the database is. An embedded one is started, or joined; the container ends it after everything that was resolved later.</summary>
    public async Task EnsureAsync(EmbeddedUse use, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_address is not null) return;
        if (!settings.UsesEmbedded)
        {
            _address = new DatabaseAddress(settings, settings.Url, settings.DirectUrl, isEmbedded: false);
            return;
        }

        var url = await services.GetRequiredService<EmbeddedServer>().StartAsync(use, cancellationToken);
        _address = new DatabaseAddress(settings, url, "", isEmbedded: true);
    }

    public NpgsqlDataSource Connect(Func<DatabaseAddress, NpgsqlConnectionStringBuilder> how, string name)
    {
        var builder = new NpgsqlDataSourceBuilder(how(Address).ConnectionString) { Name = name };
        return builder.Build();
    }
}
