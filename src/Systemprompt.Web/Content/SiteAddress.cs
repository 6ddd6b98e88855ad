using System.Text;
using System.Xml;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Systemprompt.Http;
using Systemprompt.Profiles;

namespace Systemprompt.Web.Content;

/// <summary>Addresses as the outside has them: below <c>server.external_url</c>, or below the host that was asked.</summary>
internal static class SiteAddress
{
    public static string Of(HttpRequest request, string path)
    {
        var external = request.HttpContext.RequestServices.GetRequiredService<Profile>().Section<ServerSettings>().ExternalUrl;
        return (external?.ToString().TrimEnd('/') ?? $"{request.Scheme}://{request.Host}") + path;
    }

    /// <summary>One XML document in UTF-8.</summary>
    public static ReadOnlyMemory<byte> Xml(Action<XmlWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var xml = XmlWriter.Create(buffer, new XmlWriterSettings { Encoding = new UTF8Encoding(false), CheckCharacters = false })) write(xml);
        return buffer.ToArray();
    }

    public static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    /// <summary>Without what XML cannot hold.</summary>
    public static string Text(string text) => text.All(XmlConvert.IsXmlChar) ? text : string.Concat(text.Where(letter => XmlConvert.IsXmlChar(letter) || char.IsSurrogate(letter)));
}
