using static Systemprompt.Governance.Secrets.Alphabets;

namespace Systemprompt.Governance.Secrets;

/// <summary>The credentials known, each by the form its vendor documents.</summary>
internal static class SecretRules
{
    public static IReadOnlyList<SecretRule> All { get; } =
    [
        .. Group("anthropic_key", ["sk-ant-"], 20, 160),
        .. Group("openai_key", ["sk-proj-", "sk-svcacct-", "sk-admin-"], 32, 240),
        .. Group("openai_key_legacy", ["sk-"], 40, 64, Alphanumeric),
        .. Group("openrouter_key", ["sk-or-v1-"], 64, 64, Hex),
        .. Group("aws_access_key", ["AKIA", "ASIA", "ABIA", "ACCA"], 16, 16, UpperDigits),
        .. Group("google_api_key", ["AIza"], 35, 35),
        .. Group("google_oauth_secret", ["GOCSPX-"], 28, 28),
        .. Group("google_oauth_token", ["ya29."], 40, 400),
        .. Group("github_token", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], 36, 255, Alphanumeric),
        .. Group("github_fine_grained", ["github_pat_"], 60, 120),
        .. Group("gitlab_token", ["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glsoat-"], 20, 64, Dotted),
        .. Group("slack_token", ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-"], 24, 255),
        .. Group("slack_app_token", ["xapp-"], 40, 255),
        .. Group("stripe_key", ["sk_live_", "sk_test_", "rk_live_", "rk_test_"], 24, 247, Alphanumeric),
        .. Group("stripe_webhook_secret", ["whsec_"], 32, 80, Base64),
        .. Group("huggingface_token", ["hf_", "api_org_"], 34, 40, Alphanumeric),
        .. Group("groq_key", ["gsk_"], 50, 60, Alphanumeric),
        .. Group("perplexity_key", ["pplx-"], 40, 60, Alphanumeric),
        .. Group("xai_key", ["xai-"], 70, 90, Alphanumeric),
        .. Group("replicate_token", ["r8_"], 37, 40, Alphanumeric),
        .. Group("sendgrid_key", ["SG."], 66, 66, Dotted),
        .. Group("npm_token", ["npm_"], 36, 36, Alphanumeric),
        .. Group("pypi_token", ["pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBp"], 40, 300),
        .. Group("rubygems_key", ["rubygems_"], 48, 48, Hex),
        .. Group("nuget_key", ["oy2"], 43, 43, Alphanumeric),
        .. Group("docker_token", ["dckr_pat_", "dckr_oat_"], 27, 40),
        .. Group("digitalocean_token", ["dop_v1_", "doo_v1_", "dor_v1_"], 64, 64, Hex),
        .. Group("fly_token", ["fo1_"], 40, 60),
        .. Group("databricks_token", ["dapi"], 32, 34, Hex),
        .. Group("postman_key", ["PMAK-"], 59, 59),
        .. Group("linear_key", ["lin_api_"], 32, 48, Alphanumeric),
        .. Group("notion_token", ["ntn_"], 43, 50, Alphanumeric),
        .. Group("figma_token", ["figd_"], 38, 48),
        .. Group("atlassian_token", ["ATATT3", "ATCTT3"], 60, 300, Base64),
        .. Group("shopify_token", ["shpat_", "shpca_", "shppa_", "shpss_"], 32, 32, Hex),
        .. Group("square_token", ["sq0atp-", "sq0csp-"], 22, 43),
        .. Group("grafana_token", ["glsa_", "glc_"], 32, 200, Base64),
        .. Group("newrelic_key", ["NRAK-"], 27, 27, Alphanumeric),
        .. Group("sentry_token", ["sntrys_", "sntryu_"], 60, 300, Base64),
        .. Group("pulumi_token", ["pul-"], 40, 40, Hex),
        .. Group("vault_token", ["hvs.", "hvb.", "hvr."], 24, 300),
        .. Group("doppler_token", ["dp.pt.", "dp.st.", "dp.ct.", "dp.sa."], 40, 60, Dotted),
        .. Group("tailscale_key", ["tskey-auth-", "tskey-api-", "tskey-client-"], 24, 80),
        .. Group("age_secret_key", ["AGE-SECRET-KEY-1"], 58, 58, UpperDigits),
        .. Group("planetscale_token", ["pscale_tkn_", "pscale_pw_", "pscale_oauth_"], 32, 64, Dotted),
        .. Group("supabase_token", ["sbp_", "sb_secret_"], 31, 64),
        .. Group("telegram_bot_token", ["bot_token="], 40, 60, Base64),
        .. Group("mailgun_key", ["key-"], 32, 32, Hex),
        .. Group("twilio_key", ["SK"], 32, 32, Hex),
        .. SecretShapes.All,
    ];

    private static IEnumerable<SecretRule> Group(
        string id, string[] prefixes, int min, int max, System.Buffers.SearchValues<char>? alphabet = null) =>
        prefixes.Select(prefix => new SecretRule { Id = id, Prefix = prefix, Length = (min, max), Alphabet = alphabet ?? Word });
}
