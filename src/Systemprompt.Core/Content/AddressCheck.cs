using Systemprompt.Profiles;

namespace Systemprompt.Content;

/// <summary>Every address leads to one place: no two files share one, no redirect hides a file or leads to itself.</summary>
internal static class AddressCheck
{
    public static void Run(IReadOnlyList<ContentDocument> documents, SourceCatalogue sources, List<ProfileFault> faults, HashSet<(string, string)> faulty)
    {
        var owners = new Dictionary<string, ContentDocument>(StringComparer.Ordinal);
        foreach (var document in documents)
        {
            if (owners.TryAdd(document.Url, document)) continue;
            Fault(document, 0, 0, $"its address {document.Url} is that of {owners[document.Url].File} already; give one of them another slug or name");
        }

        var redirects = new Dictionary<string, ContentDocument>(StringComparer.Ordinal);
        foreach (var document in documents)
            foreach (var from in document.Front.RedirectFrom)
            {
                if (from.Url == document.Url)
                    Fault(document, from.Line, from.Column, $"redirect_from: {from.Url} is the file's own address: a loop");
                else if (owners.TryGetValue(from.Url, out var owner))
                    Fault(document, from.Line, from.Column, $"redirect_from: {from.Url} is the address of {owner.File}");
                else if (!sources.Serves(from.Url))
                    Fault(document, from.Line, from.Column, $"redirect_from: {from.Url} is outside of {string.Join(", ", sources.All.Select(source => source.UrlPrefix))}, where content is served");
                else if (!redirects.TryAdd(from.Url, document) && redirects[from.Url] != document)
                    Fault(document, from.Line, from.Column, $"redirect_from: {from.Url} leads to {redirects[from.Url].File} already");
            }

        void Fault(ContentDocument document, long line, long column, string message)
        {
            faults.Add(new ProfileFault(document.File, line, column, message));
            faulty.Add(document.Key);
        }
    }
}
