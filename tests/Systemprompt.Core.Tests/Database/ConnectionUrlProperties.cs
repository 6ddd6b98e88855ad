using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Systemprompt.Database;

namespace Systemprompt.Core.Tests.Database;

public sealed class ConnectionUrlProperties
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(2000);

    private static Arbitrary<string> Name =>
        ArbMap.Default.ArbFor<NonEmptyString>().Generator.Select(text => Clean(text.Get)).Where(text => text.Trim().Length > 0).ToArbitrary();

    [Fact]
    public void Whatever_is_percent_encoded_comes_back_as_it_was() =>
        Prop.ForAll(Name, Name, Name, (user, password, database) =>
        {
            var connection = ConnectionUrl.Parse($"postgres://{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(password)}@db/{Uri.EscapeDataString(database)}");
            return connection.Username == user && connection.Password == password && connection.Database == database;
        }).Check(Runs);

    [Fact]
    public void Whatever_is_quoted_in_a_key_value_string_comes_back_as_it_was() =>
        Prop.ForAll(Name, Name, (user, password) =>
        {
            var connection = ConnectionUrl.Parse($"host=db user='{Quote(user)}' password='{Quote(password)}'");
            return connection.Username == user && connection.Password == password;
        }).Check(Runs);

    [Fact]
    public void Any_text_is_either_read_or_refused_with_a_reason() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
            ConnectionUrl.TryParse($"postgres://{text}", out var connection, out var error) ? connection.Host!.Length > 0 : error.Length > 0).Check(Runs);

    [Fact]
    public void The_parsed_address_survives_being_written_down_and_read_again() =>
        Prop.ForAll(Name, Name, (user, password) =>
        {
            var connection = ConnectionUrl.Parse($"postgres://{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(password)}@db/app");
            var again = new Npgsql.NpgsqlConnectionStringBuilder(connection.ConnectionString);
            return again.Username == user && again.Password == password;
        }).Check(Runs);

    private static string Quote(string text) => text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal);

    // Control characters are refused, and a lone surrogate is no text.
    private static string Clean(string text) => string.Concat(text.EnumerateRunes().Where(rune => !Rune.IsControl(rune) && rune.Value != 0xFFFD).Select(rune => rune.ToString()));
}
