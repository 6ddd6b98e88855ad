using System.Net;
using Npgsql;
using Systemprompt.Database;
using Systemprompt.Security;

namespace Systemprompt.Users;

/// <summary>Gives out keys and links, takes links in, and bans addresses; each change with its record, and told to every process.</summary>
internal sealed class AccessDesk(NpgsqlDataSource database, AccessStore access, UserStore users, RoleCatalogue roles, TokenIssuer tokens, TimeProvider clock)
{
    private const int WidestV4 = 8, WidestV6 = 16;

    /// <summary>Makes an access key for a user. Its text is here and nowhere else.</summary>
    public async Task<AccessKey> MakeKeyAsync(string login, string name, string? project, TimeSpan? lifetime, string by, CancellationToken cancellationToken)
    {
        if (name.Length is 0 or > 100 || name.Any(char.IsControl)) throw UserException.Invalid("a key's name has 1 to 100 characters");
        if (project is not null && ProjectName.Fault(project) is { } fault) throw UserException.Invalid(fault);
        if (lifetime is { } time && (time < TimeSpan.FromMinutes(1) || time > TimeSpan.FromDays(3650))) throw UserException.Invalid("a key lives from 1m to ten years");
        var key = AccessKey.Make();
        await ChangeAsync(async transaction =>
        {
            await RequireActiveAsync(transaction, login, cancellationToken);
            await access.InsertKeyAsync(transaction, key.Prefix, key.Hash, login, name, project, lifetime is null ? null : clock.GetUtcNow() + lifetime, cancellationToken);
            await users.NoteAsync(transaction, login, "key made", $"{key.Prefix} ({name}){(project is null ? "" : $" for project {project}")}", by, cancellationToken);
        }, cancellationToken);
        return key;
    }

    /// <exception cref="UserException">There is no such key.</exception>
    public Task DeleteKeyAsync(string prefix, string by, CancellationToken cancellationToken) => ChangeAsync(async transaction =>
    {
        // Whoever has the whole key in hand may give that: what is secret of it goes no further.
        var named = AccessKey.PrefixOf(prefix) ?? prefix;
        var login = await access.DeleteKeyAsync(transaction, named, cancellationToken) ?? throw new UserException("not_found", "there is no key of this name; 'admin keys list' shows them");
        await users.NoteAsync(transaction, login, "key deleted", named, by, cancellationToken);
    }, cancellationToken);

    /// <summary>Makes a link that lets a user in once: the code that stands in it.</summary>
    public async Task<string> InviteAsync(string login, TimeSpan lifetime, string by, CancellationToken cancellationToken)
    {
        if (lifetime < TimeSpan.FromMinutes(1) || lifetime > TimeSpan.FromDays(90)) throw UserException.Invalid("a link is good for 1m to 90d");
        var code = Code.Make();
        await ChangeAsync(async transaction =>
        {
            await RequireActiveAsync(transaction, login, cancellationToken);
            await access.InsertLinkAsync(transaction, Code.Hash(code), login, lifetime, cancellationToken);
            await users.NoteAsync(transaction, login, "link made", null, by, cancellationToken);
        }, cancellationToken);
        return code;
    }

    /// <summary>Whether a link can be used. Looking does not use it up: mail scanners look.</summary>
    public Task<bool> IsOpenAsync(string code, CancellationToken cancellationToken) => access.IsLinkOpenAsync(Code.Hash(code), cancellationToken);

    /// <summary>Uses a link up: whose it was and a token for him; null when it is unknown, used or over.</summary>
    public async Task<(string Login, string Token)?> RedeemAsync(string code, CancellationToken cancellationToken)
    {
        (string, string)? result = null;
        await ChangeAsync(async transaction =>
        {
            if (await access.UseLinkAsync(transaction, Code.Hash(code), cancellationToken) is not { } login) return;
            if (await users.FindAsync(transaction.Connection!, transaction, login, forUpdate: false, cancellationToken) is not { Status: "active" } user) return;
            await users.NoteAsync(transaction, login, "link used", null, login, cancellationToken);
            result = (login, tokens.Issue(new TokenRequest(login, TokenClaims.Parse(user.Tier)!.Value, Scopes: [.. roles.ScopesOf(user.Roles).Order(StringComparer.Ordinal)])));
        }, cancellationToken);
        return result;
    }

    /// <summary>Bans a range of addresses.</summary>
    /// <returns>The range as it is kept.</returns>
    /// <exception cref="UserException">It is no range, or so wide that it can only be a slip.</exception>
    public async Task<string> BanAsync(string range, string reason, TimeSpan? time, string by, CancellationToken cancellationToken)
    {
        if (reason.Length is 0 or > 200 || reason.Any(char.IsControl)) throw UserException.Invalid("a reason has 1 to 200 characters");
        if (time is { } limit && (limit < TimeSpan.FromSeconds(1) || limit > TimeSpan.FromDays(3650))) throw UserException.Invalid("a ban lasts from 1s to ten years, or without --for until it is lifted");
        var network = Network(range);
        var widest = network.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? WidestV4 : WidestV6;
        if (network.PrefixLength < widest) throw UserException.Invalid($"{network} would turn away far too many; the widest range is /{widest}");
        await ChangeAsync(async transaction =>
        {
            await access.BanAsync(transaction, network.ToString(), reason, time, by, cancellationToken);
            await users.NoteAsync(transaction, $"address {network}", "banned", reason, by, cancellationToken);
        }, cancellationToken);
        return network.ToString();
    }

    /// <exception cref="UserException">It is no range, or not banned.</exception>
    public Task LiftAsync(string range, string by, CancellationToken cancellationToken)
    {
        var network = Network(range);
        return ChangeAsync(async transaction =>
        {
            if (!await access.LiftAsync(transaction, network.ToString(), cancellationToken)) throw new UserException("not_found", $"{network} is not banned; 'admin bans list' shows what is");
            await users.NoteAsync(transaction, $"address {network}", "lifted", null, by, cancellationToken);
        }, cancellationToken);
    }

    /// <summary>An address, or a range in CIDR form; bits beyond its length do not matter.</summary>
    internal static IPNetwork Network(string text)
    {
        var parts = text.Split('/');
        if (parts.Length > 2 || !IPAddress.TryParse(parts[0], out var address) || parts[0].Contains('%'))
            throw UserException.Invalid($"'{text}' is no address and no range such as 203.0.113.0/24 or 2001:db8::/32");
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        var bits = bytes.Length * 8;
        if (parts.Length == 2 && (!int.TryParse(parts[1], System.Globalization.NumberStyles.None, null, out bits) || bits > bytes.Length * 8))
            throw UserException.Invalid($"'{text}': the part after / is a number from 0 to {bytes.Length * 8}");
        for (var at = 0; at < bytes.Length; at++) bytes[at] &= (byte)(bits >= (at + 1) * 8 ? 0xff : bits <= at * 8 ? 0 : 0xff << (8 - (bits - at * 8)));
        return new IPNetwork(new IPAddress(bytes), bits);
    }

    private async Task RequireActiveAsync(NpgsqlTransaction transaction, string login, CancellationToken cancellationToken)
    {
        var user = await users.FindAsync(transaction.Connection!, transaction, login, forUpdate: true, cancellationToken);
        if (user is null or { Status: "deleted" }) throw UserException.NoSuchUser(login);
        if (user.Status != "active") throw new UserException("suspended", $"'{login}' is suspended; 'admin users resume {login}' lets it in again");
    }

    private async Task ChangeAsync(Func<NpgsqlTransaction, Task> change, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await change(transaction);
        await NotifyBus.PublishAsync(connection, AccessStore.Channel, "", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
