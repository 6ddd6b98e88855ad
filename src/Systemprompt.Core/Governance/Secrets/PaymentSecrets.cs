using static Systemprompt.Governance.Secrets.SecretRule;

namespace Systemprompt.Governance.Secrets;

/// <summary>Credentials of payments and shops.</summary>
internal static class PaymentSecrets
{
    public static IReadOnlyList<SecretRule> All { get; } =
    [
        .. Of("stripe_key", "Stripe: secret key", "a24-247", "sk_live_", "sk_test_"),
        .. Of("stripe_restricted_key", "Stripe: restricted key", "a24-247", "rk_live_", "rk_test_"),
        .. Of("stripe_webhook_secret", "Stripe and servers of Standard Webhooks: signing secret", "b32-80", "whsec_"),
        .. Of("square_token", "Square: access token", "w60", "EAAA"),
        .. Of("square_token_legacy", "Square: access token of the old form", "w22", "sq0atp-"),
        .. Of("square_secret", "Square: OAuth secret", "w43", "sq0csp-"),
        Of("braintree_token", "PayPal Braintree: access token", "access_token$production$ l16 $ x32"),
        .. Of("razorpay_key", "Razorpay: live key id", "a14", "rzp_live_"),
        Near("razorpay_secret", "Razorpay: key secret", "razorpay", "a24"),
        .. Of("lob_key", "Lob: API key", "x35", "live_", "test_"),
        .. Of("mollie_key", "Mollie: live key", "a30-36", "live_"),
        .. Of("gocardless_token", "GoCardless: access token", "w40", "live_", "sandbox_"),
        Of("flutterwave_key", "Flutterwave: secret key", "FLWSECK- l32 -X"),
        Of("flutterwave_key", "Flutterwave: secret key", "FLWSECK_TEST- l32 -X"),
        .. Of("plaid_access_token", "Plaid: access token", "uuid", "access-production-", "access-sandbox-", "access-development-"),
        Near("plaid_secret", "Plaid: secret", "plaid", "x30"),
        Of("paddle_key", "Paddle: API key", "pdl_live_apikey_ l26 _ a22 _ a3"),
        Of("paddle_key", "Paddle: API key", "pdl_sdbx_apikey_ l26 _ a22 _ a3"),
        .. Of("midtrans_key", "Midtrans: server key", "w24-40", "Mid-server-"),
        .. Of("xendit_key", "Xendit: secret key", "a40-90", "xnd_production_", "xnd_development_"),
        .. Of("shopify_token", "Shopify: admin access token", "h32", "shpat_"),
        .. Of("shopify_custom_token", "Shopify: custom app access token", "h32", "shpca_"),
        .. Of("shopify_private_token", "Shopify: private app password", "h32", "shppa_"),
        .. Of("shopify_secret", "Shopify: shared secret", "h32", "shpss_"),
        .. Of("duffel_token", "Duffel: access token", "w43", "duffel_live_", "duffel_test_"),
        .. Of("easypost_key", "EasyPost: API key", "a54", "EZAK", "EZTK"),
        .. Of("shippo_token", "Shippo: API token", "x40", "shippo_live_", "shippo_test_"),
        .. Of("polar_token", "Polar: access token", "w40-60", "polar_oat_", "polar_pat_"),
        Near("coinbase_secret", "Coinbase: API secret", "coinbase", "b64-90"),
        Near("adyen_key", "Adyen: API key", "adyen", "AQE g60-300"),
        Near("etherscan_key", "Etherscan: API key", "etherscan", "u34"),
        Near("infura_secret", "Infura: key", "infura", "x32"),
    ];
}
