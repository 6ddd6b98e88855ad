using static Systemprompt.Governance.Secrets.SecretRule;

namespace Systemprompt.Governance.Secrets;

/// <summary>Credentials of chat, mail, telephony and social networks.</summary>
internal static class MessagingSecrets
{
    public static IReadOnlyList<SecretRule> All { get; } =
    [
        .. Of("slack_token", "Slack: bot token", "w24-255", "xoxb-"),
        .. Of("slack_user_token", "Slack: user token", "w24-255", "xoxp-", "xoxo-"),
        .. Of("slack_workspace_token", "Slack: workspace or refresh token", "w24-255", "xoxa-", "xoxr-", "xoxs-"),
        .. Of("slack_session", "Slack: session of a browser", "p24-400", "xoxc-", "xoxd-"),
        .. Of("slack_config_token", "Slack: configuration token", "g24-400", "xoxe-", "xoxe."),
        .. Of("slack_app_token", "Slack: app-level token", "w40-255", "xapp-"),
        Shaped("slack_webhook", "Slack: incoming webhook", "hooks.slack.com/", SecretShapes.Path("hooks.slack.com/", 40)),
        Shaped("discord_webhook", "Discord: webhook", "discord.com/api/webhooks/", SecretShapes.Path("discord.com/api/webhooks/", 60)),
        Shaped("discord_webhook", "Discord: webhook", "discordapp.com/api/webhooks/", SecretShapes.Path("discordapp.com/api/webhooks/", 60)),
        Shaped("teams_webhook", "Microsoft Teams: incoming webhook", "webhook.office.com/webhookb2/", SecretShapes.Path("webhook.office.com/webhookb2/", 90)),
        Near("discord_bot_token", "Discord: bot token", "discord", "w23-28 . w6 . w27-40"),
        Near("discord_bot_token", "Discord: bot token", "bot_token", "w23-28 . w6 . w27-40"),
        Of("telegram_bot_token", "Telegram: bot token", "d8-10 :AA w33"),
        .. "0123456789abcdef".SelectMany(digit => Of("twilio_key", "Twilio: API key", "x31", $"SK{digit}")),
        Near("twilio_auth_token", "Twilio: auth token", "twilio", "x32"),
        .. Of("sendgrid_key", "SendGrid: API key", "w22 . w43", "SG."),
        .. Of("mailgun_key", "Mailgun: API key", "h32", "key-"),
        Near("mailgun_key", "Mailgun: API key", "mailgun", "x32 - x8 - x8"),
        .. Of("resend_key", "Resend: API key", "a8 _ a24", "re_"),
        .. Of("mailersend_token", "MailerSend: API token", "x64", "mlsn."),
        .. Of("brevo_key", "Brevo: API key", "x64 - a16", "xkeysib-"),
        .. Of("brevo_smtp_key", "Brevo: SMTP key", "x64 - a16", "xsmtpsib-"),
        .. Of("onesignal_key", "OneSignal: API key", "l60-140", "os_v2_app_", "os_v2_org_"),
        .. Of("facebook_token", "Meta: access token", "a90-400", "EAA"),
        Near("facebook_secret", "Meta: app secret", "facebook", "x32"),
        .. Of("instagram_token", "Instagram: access token", "w90-400", "IGQ", "IGAA"),
        .. Of("twitter_bearer_token", "X: bearer token of an app", "p60-140", "AAAAAAAAAAAAAAAAAAAAA"),
        Near("twitter_secret", "X: API secret", "twitter", "a45-50"),
        .. Of("linkedin_secret", "LinkedIn: client secret", "a16 . b6-12", "WPL_AP1."),
        Near("twitch_token", "Twitch: token or client secret", "twitch", "l30"),
        .. Of("klaviyo_key", "Klaviyo: private API key", "x34", "pk_"),
        .. Of("matrix_token", "Matrix: access token of Synapse", "b4-60 _ a20 _ a6", "syt_"),
        Near("postmark_token", "Postmark: server token", "postmark", "uuid"),
        Near("mailjet_secret", "Mailjet: secret key", "mailjet", "x32"),
        Near("sparkpost_key", "SparkPost: API key", "sparkpost", "x40"),
        Near("vonage_secret", "Vonage: API secret", "vonage", "a16"),
        Near("vonage_secret", "Vonage: API secret", "nexmo", "a16"),
        Near("pushover_token", "Pushover: application token", "pushover", "a30"),
        Near("messagebird_key", "Bird: access key", "messagebird", "a25"),
    ];
}
