namespace Systemprompt.Web;

/// <summary>What a page says of itself to its layout: read it there with <c>Context.Features.Get&lt;PageInfo&gt;()</c>.</summary>
/// <param name="Title">The page's own title.</param>
/// <param name="Description">A sentence or two for those who list it elsewhere, or null.</param>
/// <param name="Language">The language it is written in, such as <c>en</c>.</param>
/// <param name="Url">Its address from the outside, when it has one that counts; null for a page such as search results.</param>
public sealed record PageInfo(string Title, string? Description, string Language, string? Url);
