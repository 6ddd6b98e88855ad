using static Systemprompt.Governance.Secrets.SecretRule;

namespace Systemprompt.Governance.Secrets;

/// <summary>Credentials of model providers and of what serves, traces and feeds models.</summary>
internal static class AiSecrets
{
    public static IReadOnlyList<SecretRule> All { get; } =
    [
        .. Of("anthropic_admin_key", "Anthropic: admin key", "w20-200", "sk-ant-admin01-"),
        .. Of("anthropic_oauth_token", "Anthropic: access or refresh token of a person", "w20-200", "sk-ant-oat01-", "sk-ant-ort01-"),
        .. Of("anthropic_key", "Anthropic: API key", "w20-200", "sk-ant-"),
        .. Of("openai_key", "OpenAI: project key", "w32-240", "sk-proj-"),
        .. Of("openai_service_key", "OpenAI: service account key", "w32-240", "sk-svcacct-"),
        .. Of("openai_admin_key", "OpenAI: admin key", "w32-240", "sk-admin-"),
        .. Of("openai_key_legacy", "OpenAI and servers of its protocol: key of the old form", "a40-64", "sk-"),
        .. Of("deepseek_key", "DeepSeek, Alibaba Model Studio and others: API key", "x32", "sk-"),
        .. Of("openrouter_key", "OpenRouter: API key", "h64", "sk-or-v1-"),
        .. Of("huggingface_token", "Hugging Face: access token", "a34-40", "hf_"),
        .. Of("huggingface_org_token", "Hugging Face: organisation token", "a34-40", "api_org_"),
        .. Of("groq_key", "Groq: API key", "a50-60", "gsk_"),
        .. Of("perplexity_key", "Perplexity: API key", "a40-60", "pplx-"),
        .. Of("xai_key", "xAI: API key", "a70-90", "xai-"),
        .. Of("replicate_token", "Replicate: API token", "a37-40", "r8_"),
        .. Of("together_key", "Together AI: API key", "w40-60", "tgp_v1_"),
        .. Of("fireworks_key", "Fireworks AI: API key", "a22-24", "fw_"),
        .. Of("nvidia_key", "NVIDIA: API key", "w60-70", "nvapi-"),
        .. Of("elevenlabs_key", "ElevenLabs: API key", "x48", "sk_"),
        .. Of("pinecone_key", "Pinecone: API key", "w60-80", "pcsk_"),
        .. Of("langsmith_key", "LangSmith: API key", "x32 _ x10", "lsv2_pt_", "lsv2_sk_"),
        .. Of("langfuse_key", "Langfuse: secret key", "uuid", "sk-lf-"),
        .. Of("tavily_key", "Tavily: API key", "a32-40", "tvly-", "tvly-dev-", "tvly-prod-"),
        .. Of("firecrawl_key", "Firecrawl: API key", "x32", "fc-"),
        .. Of("jina_key", "Jina AI: API key", "w56-66", "jina_"),
        .. Of("voyage_key", "Voyage AI: API key", "w43", "pa-"),
        .. Of("cerebras_key", "Cerebras: API key", "a48", "csk-"),
        .. Of("runpod_key", "RunPod: API key", "a40-50", "rpa_"),
        .. Of("modal_secret", "Modal: token secret", "a22", "as-"),
        .. Of("anyscale_key", "Anyscale: API key", "a26-32", "esecret_"),
        .. Of("cursor_key", "Cursor: API key", "x64", "key_", "crsr_"),
        .. Of("helicone_key", "Helicone: API key", "w20-64", "sk-helicone-"),
        .. Of("e2b_key", "E2B: API key", "x40", "e2b_"),
        .. Of("browserbase_key", "Browserbase: API key", "w24-48", "bb_live_", "bb_test_"),
        .. Of("mem0_key", "Mem0: API key", "a40", "m0-"),
        Near("cohere_key", "Cohere: API key", "cohere", "a40"),
        Near("cohere_key", "Cohere: API key", "co_api_key", "a40"),
        Near("mistral_key", "Mistral AI: API key", "mistral", "a32"),
        Near("deepgram_key", "Deepgram: API key", "deepgram", "x40"),
        Near("assemblyai_key", "AssemblyAI: API key", "assemblyai", "x32"),
        Near("wandb_key", "Weights and Biases: API key", "wandb", "x40"),
        Near("azure_openai_key", "Azure OpenAI: key", "azure_openai", "x32"),
        Near("serper_key", "Serper: API key", "serper", "x40"),
    ];
}
