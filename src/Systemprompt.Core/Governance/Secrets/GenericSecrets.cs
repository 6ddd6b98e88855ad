using static Systemprompt.Governance.Secrets.SecretRule;

namespace Systemprompt.Governance.Secrets;

/// <summary>Credentials of no vendor: keys in files, tokens of standards, addresses with a password, and names that say that a secret follows.</summary>
internal static class GenericSecrets
{
    private static readonly string[] UrlSchemes =
        ["postgres://", "postgresql://", "mysql://", "mariadb://", "mongodb://", "mongodb+srv://", "redis://", "rediss://", "amqp://", "amqps://", "sqlserver://", "clickhouse://", "https://", "http://", "ftp://", "sftp://", "ftps://", "ssh://", "smtp://", "smtps://", "ldap://", "ldaps://", "mqtt://", "mqtts://", "nats://"];

    private static readonly string[] KeyNames =
        ["api_key", "apikey", "api-key", "secret_key", "secretkey", "secret-key", "client_secret", "clientsecret", "client-secret", "app_secret", "appsecret", "access_key", "accesskey", "access-key", "access_token", "accesstoken", "access-token", "auth_token", "authtoken", "auth-token", "auth_key", "authkey", "refresh_token", "refreshtoken", "private_token", "private-token", "signing_key", "signing_secret", "encryption_key", "webhook_secret", "jwt_secret", "session_secret", "master_key", "service_key", "account_key", "bot_token", "api_token", "apitoken", "api-token", "deploy_token", "personal_token", "private_key", "privatekey"];

    // RFC 7518 §6.2.2 and §6.3.2, and RFC 8037.
    private static readonly string[] PrivateMembers = ["d", "p", "q", "dp", "dq", "qi"];

    // How far a rule looks whose credential is not known to be longer.
    private const int Longest = 440;

    public static IReadOnlyList<SecretRule> All { get; } =
    [
        Shaped("pgp_private_key", "OpenPGP private key", "-----BEGIN PGP PRIVATE KEY", PrivateKeys.Pem, reach: SecretShapes.LongestToken, holds: PrivateKeys.PemGoesOn),
        Shaped("ssh_private_key", "OpenSSH private key", "-----BEGIN OPENSSH PRIVATE KEY", PrivateKeys.Pem, reach: SecretShapes.LongestToken, holds: PrivateKeys.PemGoesOn),
        Shaped("private_key", "Private key in PEM", "-----BEGIN ", PrivateKeys.Pem, reach: SecretShapes.LongestToken, holds: PrivateKeys.PemGoesOn),
        Shaped("putty_private_key", "PuTTY private key", "PuTTY-User-Key-File-", PrivateKeys.Putty, reach: SecretShapes.LongestToken, holds: PrivateKeys.PuttyGoesOn),
        Shaped("json_web_token", "JSON Web Token", "eyJ", SecretShapes.JsonWebToken, reach: SecretShapes.LongestToken),
        // Of what ended too short nothing can become; what is long enough waits for the key's kind.
        .. PrivateMembers.Select(member => Shaped(
            "json_web_key", "Private JSON Web Key", $"\"{member}\":", PrivateKeys.JsonWeb(member), reach: 64, holds: PrivateKeys.JsonWebGoesOn(member), heldReach: PrivateKeys.Around)),
        Shaped("kubernetes_client_key", "Kubernetes: client key of a kubeconfig", "client-key-data", SecretShapes.Named("client-key-data", 100), holds: SecretHolds.Assigned("client-key-data")),
        Shaped("npm_registry_auth", "npm: credentials of a registry in .npmrc", "_authToken=", SecretShapes.Assigned("_authToken=", 20), weak: true),
        Shaped("npm_registry_auth", "npm: credentials of a registry in .npmrc", "_auth=", SecretShapes.Assigned("_auth=", 16), weak: true),
        Shaped("docker_registry_auth", "Docker: credentials of a registry in config.json", "\"auth\":", NamedSecrets.EncodedPair(7), weak: true, reach: 7 + NamedSecrets.LongestGap, holds: NamedSecrets.PairGoesOn(7), heldReach: Longest),
        Shaped("basic_auth", "Header of basic authentication", "basic ", NamedSecrets.EncodedPair(6), weak: true, ignoreCase: true, reach: 6 + NamedSecrets.LongestGap, holds: NamedSecrets.PairGoesOn(6), heldReach: Longest),
        Shaped("bearer_token", "Header with a bearer token", "bearer ", NamedSecrets.Bearer, weak: true, ignoreCase: true, entropy: 3.4, reach: 8, holds: NamedSecrets.BearerGoesOn, heldReach: 2100),
        Shaped("netrc_password", "Password of a machine in .netrc", "machine ", NamedSecrets.Netrc, weak: true, distinct: 4, entropy: 0, holds: NamedSecrets.NetrcGoesOn),
        Shaped("curl_password", "Password of a user on curl's command line", " -u ", NamedSecrets.CurlUser, weak: true, distinct: 4, entropy: 0, holds: NamedSecrets.CurlGoesOn),
        Shaped("curl_password", "Password of a user on curl's command line", " --user ", NamedSecrets.CurlUser, weak: true, distinct: 4, entropy: 0, holds: NamedSecrets.CurlGoesOn),
        Near("wireguard_key", "WireGuard: private key", "privatekey", "s43 ="),
        Of("laravel_app_key", "Laravel: application key", "APP_KEY=base64: s43 ="),
        Near("rails_master_key", "Ruby on Rails: master key", "rails_master_key", "x32"),
        Near("rails_secret_key_base", "Ruby on Rails: secret key base", "secret_key_base", "x128"),
        .. UrlSchemes.Select(scheme => Shaped("url_with_password", "Address with a password", scheme, SecretShapes.UrlWithPassword, weak: true, distinct: 3, entropy: 0, reach: scheme.Length, holds: SecretShapes.AuthorityGoesOn, heldReach: Longest)),
        .. KeyNames.Select(name => Behind("generic_api_key", "Key behind a name that says so", name, NamedSecrets.Key(name), entropy: 3.0)),
        Behind("generic_secret", "Secret behind a name that says so", "secret", NamedSecrets.Lone("secret"), entropy: 3.4),
        Behind("generic_token", "Token behind a name that says so", "token", NamedSecrets.Lone("token"), entropy: 3.4),
        .. new[] { "password", "passwd", "passphrase", "pwd" }.Select(name => Behind("password", "Password behind a name that says so", name, NamedSecrets.Password(name), entropy: 2.0, distinct: 5)),
    ];

    /// <summary>What is assigned to a name. Once it has ended, or when nothing follows the name, the rule is done with that place, however much text comes.</summary>
    private static SecretRule Behind(string id, string what, string name, SecretShape shape, double entropy, int distinct = 6) => Shaped(
        id, what, name, shape, weak: true, ignoreCase: true, distinct, entropy, reach: name.Length + Assignment.Longest, NamedSecrets.ValueGoesOn(name), heldReach: Longest);
}
