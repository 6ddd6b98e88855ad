namespace Systemprompt.Database;

/// <summary>A room that goes on serving while the database is away. Registered as a service. As long as one does, the check <c>database</c> is degraded and health is not 503.</summary>
internal interface IWithoutDatabase
{
    /// <summary>Whether requests would be served now if the database did not answer.</summary>
    bool IsServing { get; }
}
