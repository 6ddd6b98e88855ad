using Npgsql;
using Systemprompt.Database;

namespace Systemprompt.Core.Tests.Database;

public sealed class ConnectionUrlTests
{
    [Theory]
    [InlineData("postgres://db.example.com/app", "db.example.com", 5432, "app", null, null)]
    [InlineData("postgresql://alice:s3cret@db:6543/app", "db", 6543, "app", "alice", "s3cret")]
    [InlineData("POSTGRES://alice@db/app", "db", 5432, "app", "alice", null)]
    [InlineData("postgres://alice:@db/app", "db", 5432, "app", "alice", null)]
    [InlineData("postgres://a%40b:p%2Fq%3Fr%23s%25t@db/na%20me", "db", 5432, "na me", "a@b", "p/q?r#s%t")]
    [InlineData("postgres://alice:p@ss:w@db/app", "db", 5432, "app", "alice", "p@ss:w")]
    [InlineData("postgres://alice:pässwörd@db/app", "db", 5432, "app", "alice", "pässwörd")]
    [InlineData("postgres://[::1]:6000/app", "::1", 6000, "app", null, null)]
    [InlineData("postgres://[2001:db8::7]/app", "2001:db8::7", 5432, "app", null, null)]
    [InlineData("postgres:///app?host=/run/postgresql&user=bob", "/run/postgresql", 5432, "app", "bob", null)]
    [InlineData("postgres://%2Frun%2Fpostgresql/app", "/run/postgresql", 5432, "app", null, null)]
    [InlineData("postgres://bob@db:5432", "db", 5432, null, "bob", null)]
    [InlineData("  postgres://bob@db/app\n", "db", 5432, "app", "bob", null)]
    [InlineData("host=db dbname=app user=bob password='a b'", "db", 5432, "app", "bob", "a b")]
    [InlineData(@"host=db dbname=app user=bob password='it\'s;\\'", "db", 5432, "app", "bob", @"it's;\")]
    [InlineData("host = db port= 6000", "db", 6000, null, null, null)]
    [InlineData("Host=db;Port=6000;Username=bob;Password=\"a;b\";Database=app", "db", 6000, "app", "bob", "a;b")]
    [InlineData("Server=db;User Id=bob;Database=app", "db", 5432, "app", "bob", null)]
    public void Addresses_as_operators_write_them(string url, string host, int port, string? database, string? user, string? password)
    {
        var connection = ConnectionUrl.Parse(url);

        connection.Host.ShouldBe(host);
        connection.Port.ShouldBe(port);
        connection.Database.ShouldBe(database);
        connection.Username.ShouldBe(user);
        connection.Password.ShouldBe(password);
    }

    [Fact]
    public void Parameters_of_PostgreSQL_are_taken_over()
    {
        var connection = ConnectionUrl.Parse(
            "postgres://db/app?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&connect_timeout=7&application_name=myco&target_session_attrs=read-write&channel_binding=require&keepalives_idle=30&pgbouncer=true");

        connection.SslMode.ShouldBe(SslMode.VerifyFull);
        connection.RootCertificate.ShouldBe("/etc/ca.pem");
        connection.Timeout.ShouldBe(7);
        connection.ApplicationName.ShouldBe("myco");
        connection.TargetSessionAttributes.ShouldBe("read-write");
        connection.ChannelBinding.ShouldBe(ChannelBinding.Require);
        connection.TcpKeepAliveTime.ShouldBe(30);
    }

    [Fact]
    public void Of_several_hosts_the_one_that_takes_writes_is_wanted()
    {
        var connection = ConnectionUrl.Parse("postgres://one:5433,two,[::1]:5434/app");

        connection.Host.ShouldBe("one:5433,two,[::1]:5434");
        connection.TargetSessionAttributes.ShouldBe("primary");
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("mysql://db/app", "does not start with postgres:// or postgresql://")]
    [InlineData("just some text", "neither a postgres:// URL nor key=value pairs")]
    [InlineData("postgres:///app", "names no host")]
    [InlineData("dbname=app", "names no host")]
    [InlineData("postgres://db:0/app", "port that is not a number from 1 to 65535")]
    [InlineData("postgres://db:65536/app", "port that is not a number from 1 to 65535")]
    [InlineData("postgres://db/app/more", "'/' in the database name")]
    [InlineData("postgres://[::zz]/app", "IPv6 address that is not well-formed")]
    [InlineData("postgres://[::1]x/app", "after its IPv6 address")]
    [InlineData("postgres://one,,two/app", "empty name in its list of hosts")]
    [InlineData("postgres://b%4@db/app", "'%' that is not followed by two hexadecimal digits")]
    [InlineData("postgres://b:%ff%fe@db/app", "not UTF-8")]
    [InlineData("postgres://b:a%00b@db/app", "control character")]
    [InlineData("postgres://b:a\nb@db/app", "control character")]
    [InlineData("postgres://db/app?sslmod=require", "did you mean 'sslmode'?")]
    [InlineData("postgres://db/app?sslmode=always", "bad value for 'sslmode': it must be one of disable, allow, prefer, require, verify-ca, verify-full")]
    [InlineData("postgres://db/app?sslmode", "parameter without '='")]
    [InlineData("postgres://db/app?connect_timeout=-1", "bad value for 'connect_timeout': it must be a number from 1 to 300")]
    [InlineData("postgres://db/app?max_pool_size=9", "it belongs into the profile, as database.pool_size")]
    [InlineData("Host=db;Maximum Pool Size=9", "it belongs into the profile, as database.pool_size")]
    [InlineData("Host=db;Bogus=9", "has a parameter it does not know")]
    [InlineData("host=db password='open", "single quote is not closed")]
    [InlineData("host=db some password=x", "word without '='")]
    public void What_is_wrong_is_said(string url, string message) =>
        Should.Throw<FormatException>(() => ConnectionUrl.Parse(url)).Message.ShouldContain(message);

    [Theory]
    [InlineData("postgres://bob:hun/ter2@db:5432/app")]
    [InlineData("postgres://bob:hun?ter2@db:5432/app")]
    [InlineData("postgres://bob:hun?ter2=1@db:5432/app")]
    [InlineData("postgres://bob:hun#ter2@db:5432/app")]
    [InlineData("postgres://bob:hun%ter2@db:5432/app")]
    [InlineData("postgres://bob:hunter2@db:x/app")]
    [InlineData("mysql://bob:hunter2@db/app")]
    [InlineData("postgres://bob:hunter2@db/app?pass=hunter2")]
    [InlineData("postgres://db/app?port=hunter2")]
    [InlineData("host=db password='hunter2")]
    [InlineData("host=db password=hun ter2")]
    [InlineData("Host=db;Password=hun;ter2")]
    [InlineData("Host=db;Password=\"hunter2")]
    [InlineData("hunter2")]
    public void A_mistyped_address_never_shows_the_password(string url)
    {
        var fault = Should.Throw<FormatException>(() => ConnectionUrl.Parse(url));

        foreach (var piece in new[] { "hun", "ter2" }) fault.ToString().Split("   at ")[0].ShouldNotContain(piece);
    }
}
