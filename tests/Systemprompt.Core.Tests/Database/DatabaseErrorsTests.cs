using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;
using Systemprompt.Database;

namespace Systemprompt.Core.Tests.Database;

public sealed class DatabaseErrorsTests
{
    [Theory]
    [InlineData("28P01", "the server refused the login: text", false)]
    [InlineData("3D000", "the server has no such database: text", false)]
    [InlineData("53300", "the server has no connection left (max_connections)", true)]
    [InlineData("53100", "the server's disk is full", true)]
    [InlineData("57P01", "the server is shutting down, or the session was ended there", true)]
    [InlineData("57P02", "the server crashed and is recovering", true)]
    [InlineData("57P03", "the server takes no connections: text", true)]
    [InlineData("25006", "the server takes no writes (standby or read-only)", true)]
    [InlineData("57014", "the statement took too long or was cancelled", false)]
    [InlineData("55P03", "a lock was not to be had in time", true)]
    [InlineData("40P01", "text (40P01)", true)]
    [InlineData("42501", "the database user lacks a right: text", false)]
    [InlineData("42P01", "text (42P01)", false)]
    [InlineData("22P02", "PostgreSQL error 22P02", false)]
    [InlineData("23505", "PostgreSQL error 23505", false)]
    public void What_the_server_says(string state, string sentence, bool transient)
    {
        var fault = new PostgresException("text", "ERROR", "ERROR", state);

        DatabaseErrors.Describe(fault).ShouldBe(sentence);
        DatabaseErrors.Describe(new InvalidOperationException("outer", fault)).ShouldBe(sentence);
        DatabaseErrors.IsTransient(fault).ShouldBe(transient);
    }

    public static TheoryData<Exception, string> Networks => new()
    {
        { new NpgsqlException("x", new SocketException((int)SocketError.ConnectionRefused)), "the connection was refused: no PostgreSQL listens there" },
        { new NpgsqlException("x", new SocketException((int)SocketError.HostNotFound)), "the host name is not known (DNS)" },
        { new SocketException((int)SocketError.NetworkUnreachable), "the host cannot be reached from here" },
        { new NpgsqlException("x", new TimeoutException()), "it did not answer in time" },
        { new NpgsqlException("x", new EndOfStreamException()), "the server closed the connection" },
        { new NpgsqlException("x", new IOException("y", new SocketException((int)SocketError.ConnectionReset))), "the connection was cut" },
        { new NpgsqlException("x", new AuthenticationException("z")), "the encrypted connection was refused: its certificate is not trusted or TLS does not match; see sslmode and sslrootcert" },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void What_the_network_does(Exception fault, string sentence)
    {
        DatabaseErrors.Describe(fault).ShouldBe(sentence);
        DatabaseErrors.IsTransient(fault).ShouldBeTrue();
    }

    [Fact]
    public void A_login_or_database_that_is_missing_is_worth_waiting_for_and_a_missing_table_is_not()
    {
        foreach (var state in new[] { "28P01", "28000", "3D000", "53300" }) DatabaseErrors.MayMend(new PostgresException("x", "E", "E", state)).ShouldBeTrue();
        DatabaseErrors.MayMend(new PostgresException("x", "E", "E", "42P01")).ShouldBeFalse();
        DatabaseErrors.MayMend(new InvalidOperationException("a bug")).ShouldBeFalse();
    }

    [Fact]
    public void What_nobody_foresaw_says_no_more_than_its_type() =>
        DatabaseErrors.Describe(new FormatException("hunter2")).ShouldBe("unexpected fault FormatException");
}
