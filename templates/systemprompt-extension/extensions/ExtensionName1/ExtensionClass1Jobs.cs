using Systemprompt.Extensions;

namespace ExtensionName1;

/// <summary>What `extension_id1.count_words` is told.</summary>
public sealed record CountWordsArgs(long Entry);

/// <summary>Counts an entry's words after the entry was answered. Running twice does no harm, as every job must see to.</summary>
public sealed class CountWords(ExtensionClass1Store store) : Job<CountWordsArgs>
{
    public static readonly JobKind<CountWordsArgs> Kind = new("extension_id1.count_words");

    public override Task RunAsync(CountWordsArgs args, JobContext context, CancellationToken cancellationToken) => store.CountWordsAsync(args.Entry, cancellationToken);
}
