using System.Security.Cryptography;
using System.Text;

namespace Systemprompt.Database.Migrations;

/// <summary>Tells whether an applied migration was changed.</summary>
internal static class MigrationChecksum
{
    /// <summary>SHA-256 of the text in lower-case hex. Line ends do not count, since git rewrites them on check-out.</summary>
    public static string Checksum(this Migration migration) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(migration.Sql.Replace("\r\n", "\n", StringComparison.Ordinal))));

    /// <summary>Whether the first line asks to run outside a transaction.</summary>
    public static bool RunsWithoutTransaction(this Migration migration) =>
        migration.Sql.TrimStart().Split('\n', 2)[0].TrimEnd() == "-- no-transaction";
}
