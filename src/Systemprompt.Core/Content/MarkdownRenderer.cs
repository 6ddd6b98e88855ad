using System.Text;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Extensions.Tables;
using Markdig.Extensions.TaskLists;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Systemprompt.Profiles;

namespace Systemprompt.Content;

/// <summary>Renders a file's Markdown to HTML that is safe to show: HTML in it shows as text unless its source is trusted, links lead to places and run nothing.</summary>
internal sealed class MarkdownRenderer(SourceCatalogue sources)
{
    private const int LongestSummary = 280;
    private static readonly MarkdownPipeline Trusted = Build(static builder => builder);
    private static readonly MarkdownPipeline Plain = Build(static builder => builder.DisableHtml());

    /// <summary>The rendered file, or null with a fault.</summary>
    public RenderedDocument? Render(ContentDocument document, List<ProfileFault> faults)
    {
        if (MarkdownLimits.Find(document.Markdown) is var (line, limit)) return Fail(line, $"{limit}; nobody writes that, and it would take long to render");
        try
        {
            var pipeline = document.Source.Trusted ? Trusted : Plain;
            var tree = Markdown.Parse(document.Markdown, pipeline);
            var first = tree.OfType<HeadingBlock>().FirstOrDefault(heading => heading.Level == 1);
            var heading = first is null ? null : PlainText.Of(first).Trim();
            if ((document.Front.Title ?? heading) is not { Length: > 0 } title) return Fail(1, "has no title: begin it with a heading '# …', or with front matter that has 'title:'");
            // The page shows the title; a heading that says it again goes.
            if (first is not null && heading == title) tree.Remove(first);
            var links = new LinkRewriter(document, sources).Run(tree);
            Tame(tree);
            var paragraph = tree.OfType<ParagraphBlock>().FirstOrDefault();
            return new RenderedDocument
            {
                Document = document,
                Title = Shorten(title, 300),
                Summary = document.Front.Summary ?? (paragraph is null ? null : Shorten(PlainText.Of(paragraph).Trim(), LongestSummary) is { Length: > 0 } summary ? summary : null),
                Html = tree.ToHtml(pipeline),
                Body = PlainText.Of(tree),
                Headings = string.Join('\n', tree.Descendants<HeadingBlock>().Select(PlainText.Of)),
                Anchors = tree.Descendants<HeadingBlock>().Select(block => block.TryGetAttributes()?.Id).OfType<string>().ToHashSet(StringComparer.Ordinal),
                Links = links,
            };
        }
        catch (ArgumentException)
        {
            return Fail(1, "is nested deeper than Markdown can be read: lists, quotes or brackets within each other, more than a hundred levels");
        }

        RenderedDocument? Fail(int at, string message)
        {
            faults.Add(new ProfileFault(document.File, at, 1, message));
            return null;
        }
    }

    /// <summary>What the renderer would write as inline style, which the site's policy for content forbids, becomes a class; boxes get a name.</summary>
    private static void Tame(MarkdownDocument tree)
    {
        foreach (var table in tree.Descendants<Table>())
        {
            var columns = table.ColumnDefinitions.Select(column => column.Alignment switch { TableColumnAlign.Right => "right", TableColumnAlign.Center => "center", _ => null }).ToList();
            foreach (var row in table.OfType<TableRow>())
                foreach (var (index, cell) in row.OfType<TableCell>().Index())
                {
                    if (index < columns.Count && columns[index] is { } name) cell.GetAttributes().AddClass(name);
                    if (row.IsHeader) cell.GetAttributes().AddPropertyIfNotExist("scope", "col");
                }

            foreach (var column in table.ColumnDefinitions) (column.Alignment, column.Width) = (null, 0);
        }

        foreach (var box in tree.Descendants<TaskList>()) box.GetAttributes().AddPropertyIfNotExist("aria-label", box.Checked ? "done" : "open");
    }

    private static MarkdownPipeline Build(Func<MarkdownPipelineBuilder, MarkdownPipelineBuilder> more) =>
        more(new MarkdownPipelineBuilder().UsePipeTables().UseAutoLinks().UseTaskLists().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).UsePreciseSourceLocation()).Build();

    private static string Shorten(string text, int most)
    {
        if (text.Length <= most) return text;
        var cut = text.LastIndexOf(' ', most - 1);
        return text[..(cut > most / 2 ? cut : char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1)] + "…";
    }
}

/// <summary>The text of a part of a document, as a reader would say it.</summary>
internal static class PlainText
{
    public static string Of(MarkdownObject part)
    {
        var text = new StringBuilder();
        Append(part, text);
        return text.ToString();
    }

    private static void Append(MarkdownObject part, StringBuilder text)
    {
        switch (part)
        {
            case HtmlBlock or LinkReferenceDefinitionGroup: break;
            case CodeBlock code: text.Append(code.Lines.ToString()).Append('\n'); break;
            case LeafBlock { Inline: { } inline }:
                Append(inline, text);
                text.Append('\n');
                break;
            case ContainerBlock container:
                foreach (var block in container) Append(block, text);
                break;
            case LiteralInline literal: text.Append(literal.Content.AsSpan()); break;
            case CodeInline code: text.Append(code.Content); break;
            case AutolinkInline link: text.Append(link.Url); break;
            case HtmlEntityInline entity: text.Append(entity.Transcoded.AsSpan()); break;
            case LineBreakInline: text.Append(' '); break;
            case ContainerInline container:
                foreach (var inline in container) Append(inline, text);
                break;
        }
    }
}
