using static Systemprompt.Governance.Secrets.SecretRule;

namespace Systemprompt.Governance.Secrets;

/// <summary>Credentials of no vendor: keys in files, tokens of standards, addresses with a password, and names that say that a secret follows.</summary>
internal static class GenericSecrets
{
    private static readonly string[] UrlSchemes =
        ["postgres://", "postgresql://", "mysql://", "mariadb://", "mongodb://", "mongodb+srv://", "redis://", "rediss://", "amqp://", "amqps://", "sqlserver://", "clickhouse://", "https://", "http://", "ftp://", "sftp://", "ftps://", "ssh://", "smtp://", "smtps://", "ldap://", "ldaps://", "mqtt://", "mqtts://", "nats://"];

    private static readonly string[] KeyNames =
        ["api_key", "apikey", "api-key", "secret_key", "secretkey", "secret-key", "client_secret", "clientsecret", "client-secret", "app_secret", "appsecret", "access_key", "accesskey", "access-key", "access_token", "accesstoken", "access-token", "auth_token", "authtoken", "auth-token", "auth_key", "authkey", "refresh_token", "refreshtoken", "private_token", "private-token", "signing_key", "signing_secret", "encryption_key", "webhook_secret", "jwt_secret", "session_secret", "master_key", "service_key", "account_key", "bot_token", "api_token", "apitoken", "api-token", "deploy_token", "personal_token", "private_key", "privatekey"];

    public static IReadOnlyList<SecretRule> All { get; } =
    [
        Shaped("pgp_private_key", "OpenPGP private key", "-----BEGIN PGP PRIVATE KEY", SecretShapes.PrivateKey, reach: SecretShapes.LongestToken),
        Shaped("ssh_private_key", "OpenSSH private key", "-----BEGIN OPENSSH PRIVATE KEY", SecretShapes.PrivateKey, reach: SecretShapes.LongestToken),
        Shaped("private_key", "Private key in PEM", "-----BEGIN ", SecretShapes.PrivateKey, reach: SecretShapes.LongestToken),
        Shaped("putty_private_key", "PuTTY private key", "PuTTY-User-Key-File-", SecretShapes.PuttyKey, reach: SecretShapes.LongestToken),
        Shaped("json_web_token", "JSON Web Token", "eyJ", SecretShapes.JsonWebToken, reach: SecretShapes.LongestToken),
        Shaped("json_web_key", "Private JSON Web Key", "\"d\":", SecretShapes.JsonWebKey, reach: 1700),
        Shaped("kubernetes_client_key", "Kubernetes: client key of a kubeconfig", "client-key-data", SecretShapes.Named("client-key-data", 100)),
        Shaped("npm_registry_auth", "npm: credentials of a registry in .npmrc", "_authToken=", SecretShapes.Assigned("_authToken=", 20), weak: true),
        Shaped("npm_registry_auth", "npm: credentials of a registry in .npmrc", "_auth=", SecretShapes.Assigned("_auth=", 16), weak: true),
        Shaped("docker_registry_auth", "Docker: credentials of a registry in config.json", "\"auth\":", NamedSecrets.EncodedPair(7), weak: true),
        Shaped("basic_auth", "Header of basic authentication", "basic ", NamedSecrets.EncodedPair(6), weak: true, ignoreCase: true),
        Shaped("bearer_token", "Header with a bearer token", "bearer ", NamedSecrets.Bearer, weak: true, ignoreCase: true, entropy: 3.4, reach: 2100),
        Shaped("netrc_password", "Password of a machine in .netrc", "machine ", NamedSecrets.Netrc, weak: true, distinct: 4, entropy: 0),
        Shaped("curl_password", "Password of a user on curl's command line", " -u ", NamedSecrets.CurlUser, weak: true, distinct: 4, entropy: 0),
        Shaped("curl_password", "Password of a user on curl's command line", " --user ", NamedSecrets.CurlUser, weak: true, distinct: 4, entropy: 0),
        Near("wireguard_key", "WireGuard: private key", "privatekey", "s43 ="),
        Of("laravel_app_key", "Laravel: application key", "APP_KEY=base64: s43 ="),
        Near("rails_master_key", "Ruby on Rails: master key", "rails_master_key", "x32"),
        Near("rails_secret_key_base", "Ruby on Rails: secret key base", "secret_key_base", "x128"),
        .. UrlSchemes.Select(scheme => Shaped("url_with_password", "Address with a password", scheme, SecretShapes.UrlWithPassword, weak: true, distinct: 3, entropy: 0)),
        .. KeyNames.Select(name => Shaped("generic_api_key", "Key behind a name that says so", name, NamedSecrets.Key(name), weak: true, ignoreCase: true, entropy: 3.0)),
        Shaped("generic_secret", "Secret behind a name that says so", "secret", NamedSecrets.Lone("secret"), weak: true, ignoreCase: true, entropy: 3.4),
        Shaped("generic_token", "Token behind a name that says so", "token", NamedSecrets.Lone("token"), weak: true, ignoreCase: true, entropy: 3.4),
        .. new[] { "password", "passwd", "passphrase", "pwd" }.Select(name => Shaped("password", "Password behind a name that says so", name, NamedSecrets.Password(name), weak: true, ignoreCase: true, distinct: 5, entropy: 2.0)),
    ];
}
