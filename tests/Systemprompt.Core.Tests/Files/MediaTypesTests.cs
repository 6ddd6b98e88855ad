using System.IO.Compression;
using System.Text;
using Systemprompt.Files;

namespace Systemprompt.Core.Tests.Files;

public sealed class MediaTypesTests
{
    [Theory]
    [InlineData("89504E470D0A1A0A0000000D", "x", "image/png")]
    [InlineData("FFD8FFE000104A46", "x.png", "image/jpeg")]
    [InlineData("474946383961", "x", "image/gif")]
    [InlineData("5249464600000000574542505650", "x", "image/webp")]
    [InlineData("5249464600000000574156456D", "x", "audio/wav")]
    [InlineData("00000020667479706D703432", "x", "video/mp4")]
    [InlineData("0000001C6674797061766966", "x", "image/avif")]
    [InlineData("255044462D312E37", "harmless.txt", "application/pdf")]
    [InlineData("1F8B0800", "x", "application/gzip")]
    [InlineData("28B52FFD", "x", "application/zstd")]
    [InlineData("504B0304140000", "x.docx", "application/zip")]
    [InlineData("7F454C460201", "holiday.jpg", "application/x-executable")]
    [InlineData("D0CF11E0A1B11AE1", "old.doc", "application/msword")]
    [InlineData("D0CF11E0A1B11AE1", "old", "application/x-ole-storage")]
    [InlineData("1A45DFA39F4286810142F7810142F2810442F381084282847765626D", "x", "video/webm")]
    [InlineData("0001020304", "x.txt", "application/octet-stream")]
    [InlineData("4D5A00", "x", "application/octet-stream")]
    [InlineData("FFFE68006900", "x", "text/plain")]
    [InlineData("", "empty", "text/plain")]
    public void A_content_is_known_by_its_beginning(string head, string name, string type) => MediaTypes.Of(Convert.FromHexString(head), name).ShouldBe(type);

    [Theory]
    [InlineData("hello", "notes", "text/plain")]
    [InlineData("a,b\n1,2", "table.CSV", "text/csv")]
    [InlineData("{\"a\":1}", "a.json", "application/json")]
    [InlineData("# Title", "README.md", "text/markdown")]
    [InlineData("  <!DOCTYPE html><p>", "page.txt", "text/html")]
    [InlineData("<script>alert(1)</script>", "image.png", "text/html")]
    [InlineData("<svg onload=alert(1)>", "photo.jpg", "image/svg+xml")]
    [InlineData("<?xml version=\"1.0\"?>\n<!-- a --><svg xmlns=\"http://www.w3.org/2000/svg\">", "x", "image/svg+xml")]
    [InlineData("<?xml version=\"1.0\"?><a/>", "x", "application/xml")]
    [InlineData("#!/bin/sh\nrm", "x.csv", "text/x-shellscript")]
    [InlineData("MZ is how this text begins", "x", "text/plain")]
    [InlineData("hello", "page.html", "text/plain")]
    public void A_text_is_told_from_what_a_browser_runs(string text, string name, string type) => MediaTypes.Of(Encoding.UTF8.GetBytes(text), name).ShouldBe(type);

    [Theory]
    [InlineData("word/document.xml", "x.bin", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")]
    [InlineData("xl/workbook.xml", "x.bin", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")]
    [InlineData("other/part.xml", "x.pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation")]
    [InlineData("other/part.xml", "x.bin", "application/zip")]
    public void Office_documents_are_known_by_their_entries(string entry, string name, string type) => MediaTypes.Of(Zip(("[Content_Types].xml", "<Types/>"), (entry, "<x/>")), name).ShouldBe(type);

    [Fact]
    public void A_name_alone_makes_no_office_document_and_a_package_says_what_it_is()
    {
        MediaTypes.Of(Zip(("evil.exe", "MZ")), "letter.docx").ShouldBe("application/zip");
        MediaTypes.Of(Zip(("META-INF/MANIFEST.MF", "x")), "x").ShouldBe("application/java-archive");
        MediaTypes.Of([.. "PK\u0003\u0004"u8, .. new byte[26], .. "mimetypeapplication/epub+zipPK"u8], "x").ShouldBe("application/epub+zip");
        MediaTypes.Of([.. "PK\u0003\u0004"u8, .. new byte[26], .. "mimetypeapplication/vnd.oasis.opendocument.textPK"u8], "x").ShouldBe("application/vnd.oasis.opendocument.text");
        // Whoever writes another word there would choose the type himself.
        foreach (var word in (string[])["image/png", "text/html", "application/vnd.oasis.opendocument.", "application/x-executable"])
            MediaTypes.Of([.. "PK\u0003\u0004"u8, .. new byte[26], .. Encoding.ASCII.GetBytes($"mimetype{word}PK")], "x").ShouldBe("application/zip");
    }

    [Theory]
    [InlineData("image/*", "image/png", true)]
    [InlineData("image/*", "application/pdf", false)]
    [InlineData("Application/PDF", "application/pdf", true)]
    [InlineData("text/plain", "text/plainer", false)]
    public void Kinds_are_matched(string pattern, string type, bool matches)
    {
        MediaTypes.Matches([pattern], type).ShouldBe(matches);
        MediaTypes.Matches([], type).ShouldBeTrue();
    }

    [Theory]
    [InlineData("image/*", true)]
    [InlineData("image", false)]
    [InlineData("*/*", false)]
    [InlineData("*.png", false)]
    [InlineData("a/b/c", false)]
    public void A_pattern_is_a_media_type_or_a_group(string text, bool valid) => MediaTypes.IsPattern(text).ShouldBe(valid);

    private static byte[] Zip(params (string Name, string Text)[] entries)
    {
        using var bytes = new MemoryStream();
        using (var archive = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, text) in entries)
            {
                using var writer = new StreamWriter(archive.CreateEntry(name).Open());
                writer.Write(text);
            }

        return bytes.ToArray();
    }
}
