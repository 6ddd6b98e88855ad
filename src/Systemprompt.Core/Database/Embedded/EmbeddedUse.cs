namespace Systemprompt.Database.Embedded;

/// <summary>What asks for the embedded server.</summary>
internal enum EmbeddedUse
{
    /// <summary>The server: it runs PostgreSQL itself, and is the only one that does.</summary>
    Server,

    /// <summary>A command: it joins the PostgreSQL that runs, or runs it until it is done.</summary>
    Command,
}
