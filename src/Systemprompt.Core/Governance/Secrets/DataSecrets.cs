using static Systemprompt.Governance.Secrets.SecretRule;

namespace Systemprompt.Governance.Secrets;

/// <summary>Credentials of databases and of what observes systems.</summary>
internal static class DataSecrets
{
    public static IReadOnlyList<SecretRule> All { get; } =
    [
        Of("databricks_token", "Databricks: personal access token", "dapi x32 - d1"),
        .. Of("databricks_token", "Databricks: personal access token", "x32", "dapi"),
        .. Of("planetscale_token", "PlanetScale: service token", "g32-64", "pscale_tkn_"),
        .. Of("planetscale_password", "PlanetScale: password", "g32-64", "pscale_pw_"),
        .. Of("planetscale_oauth_token", "PlanetScale: OAuth token", "g32-64", "pscale_oauth_"),
        .. Of("supabase_token", "Supabase: personal access token", "x40", "sbp_", "sbp_v0_", "sbp_oauth_"),
        .. Of("supabase_secret_key", "Supabase: secret key", "w31-64", "sb_secret_"),
        .. Of("neon_key", "Neon: API key", "a60-70", "napi_"),
        .. Of("neon_password", "Neon: database password", "a12-20", "npg_"),
        .. Of("mongodb_atlas_secret", "MongoDB Atlas: service account secret", "w32-64", "mdb_sa_sk_"),
        .. Of("aiven_password", "Aiven: service password", "w19", "AVNS_"),
        Of("cockroach_key", "CockroachDB Cloud: API key", "CCDB1_ a22 _ a40"),
        .. Of("confluent_secret", "Confluent Cloud: API secret", "b60", "cflt"),
        .. Of("fauna_secret", "Fauna: secret", "w36-40", "fnAE", "fnAF", "fnAG"),
        .. Of("xata_key", "Xata: API key", "a30-50", "xau_"),
        .. Of("dbt_token", "dbt Cloud: service or user token", "w40-60", "dbtc_", "dbtu_"),
        .. Of("elastic_key", "Elastic Cloud: API key", "b60-120", "essu_"),
        Near("elastic_key", "Elasticsearch: API key", "elastic", "b60"),
        Near("confluent_secret", "Confluent Cloud: API secret", "confluent", "b64"),
        Near("influx_token", "InfluxDB: token", "influx", "w86 =="),
        Near("snowflake_password", "Snowflake: programmatic token", "snowflake", "b180-500"),
        Near("upstash_token", "Upstash: REST token", "upstash", "b50-120"),
        .. Of("newrelic_key", "New Relic: user key", "u27", "NRAK-"),
        .. Of("newrelic_insert_key", "New Relic: insert or query key", "w32", "NRII-", "NRIQ-"),
        Of("newrelic_license_key", "New Relic: license key", "x36 NRAL"),
        .. Of("grafana_token", "Grafana: service account token", "a32 _ h8", "glsa_"),
        .. Of("grafana_cloud_token", "Grafana Cloud: access policy token", "b32-400", "glc_"),
        .. Of("sentry_token", "Sentry: organisation token", "b60-300", "sntrys_"),
        .. Of("sentry_user_token", "Sentry: user token", "x64", "sntryu_"),
        .. Of("honeycomb_key", "Honeycomb: ingest or management key", "l58-64", "hcaik_", "hcxik_", "hcamk_"),
        .. Of("dynatrace_token", "Dynatrace: API token", "u24 . u64", "dt0c01.", "dt0s01.", "dt0s16."),
        .. Of("axiom_token", "Axiom: API or personal token", "uuid", "xaat-", "xapt-"),
        .. Of("logfire_token", "Pydantic Logfire: write token", "w30-60", "pylf_v1_"),
        .. Of("checkly_key", "Checkly: API key", "x32", "cu_"),
        .. Of("incident_io_key", "incident.io: API key", "w40-80", "inc_"),
        Near("datadog_key", "Datadog: API key", "datadog", "x32"),
        Near("datadog_key", "Datadog: API key", "dd_api_key", "x32"),
        Near("datadog_app_key", "Datadog: application key", "datadog", "x40"),
        Near("datadog_app_key", "Datadog: application key", "dd_app", "x40"),
        Near("pagerduty_key", "PagerDuty: API key", "pagerduty", "w20"),
        Near("opsgenie_key", "Opsgenie: API key", "opsgenie", "uuid"),
        Near("rollbar_token", "Rollbar: access token", "rollbar", "x32"),
        Near("sumologic_key", "Sumo Logic: access key", "sumo", "a64"),
        Near("splunk_token", "Splunk: HTTP event collector token", "splunk", "uuid"),
        Near("logzio_token", "Logz.io: shipping token", "logzio", "a32"),
        Near("loggly_token", "Loggly: customer token", "loggly", "uuid"),
    ];
}
