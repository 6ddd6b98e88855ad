using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Systemprompt.Email;
using Systemprompt.Extensions;

namespace Systemprompt.Engines.Tests.Email;

public sealed class MailerTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task A_mail_is_rendered_with_both_parts_and_lies_in_one_file()
    {
        var receipt = await Mailer().SendAsync<Greeting>("Zoë <zoe@example.com>", new Dictionary<string, object?> { ["Name"] = "Zoë & <Co>" });

        var file = Directory.GetFiles(Path.Combine(_folder.Path, "mail")).ShouldHaveSingleItem();
        receipt.Place.ShouldBe(file);
        receipt.To.ShouldBe("zoe@example.com");
        var message = Encoding.ASCII.GetString(File.ReadAllBytes(file));
        message.ShouldContain("Date: Wed, 02 Jan 2030 03:04:05 +0000\r\n");
        message.ShouldContain("From: \"Acme\"\r\n <no-reply@acme.example>\r\n");
        message.ShouldContain($"Message-ID: <{receipt.MessageId}>\r\n");
        receipt.MessageId.ShouldEndWith("@acme.example");
        var parts = message.Split("\r\n--=_").Skip(1).Where(part => part.Contains("\r\n\r\n", StringComparison.Ordinal))
            .Select(part => MimeTextTests.Unquote(part[(part.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]).Trim());
        parts.ShouldBe(["Hello Zoë & <Co>", "<p>Hello Zo&#xEB; &amp; &lt;Co&gt;</p>"]);
        message.IndexOf("text/plain", StringComparison.Ordinal).ShouldBeLessThan(message.IndexOf("text/html", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_parameter_cannot_add_a_header()
    {
        var receipt = await Mailer().SendAsync<Greeting>("zoe@example.com", new Dictionary<string, object?> { ["Name"] = "x\r\nBcc: eve@example.com\r\n\r\nbody" });

        var headers = File.ReadAllText(receipt.Place).Split("\r\n\r\n")[0];
        headers.Split("\r\n").ShouldNotContain(line => line.StartsWith("Bcc", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task An_unwritable_directory_is_named_with_the_remedy()
    {
        _folder.With("mail", "a file where the directory should be");

        var fault = await Should.ThrowAsync<MailException>(() => Mailer().SendAsync<Greeting>("zoe@example.com"));

        fault.Message.ShouldContain(Path.Combine(_folder.Path, "mail"));
        fault.Message.ShouldContain("email.directory");
    }

    [Fact]
    public async Task A_mail_without_a_subject_is_refused_and_nothing_is_left()
    {
        (await Should.ThrowAsync<MailException>(() => Mailer().SendAsync<Silent>("zoe@example.com"))).Message.ShouldContain(nameof(Silent));

        Directory.Exists(Path.Combine(_folder.Path, "mail")).ShouldBeFalse();
    }

    [Fact]
    public void A_sender_that_is_no_address_is_a_fault_of_the_profile() =>
        Should.Throw<Profiles.ProfileException>(() => TestHost.Profile("email:\n  from: nobody\n", new Mails()).Section<EmailSettings>())
            .Message.ShouldContain("profiles/test/profile.yaml:3");

    public void Dispose() => _folder.Dispose();

    private IMailer Mailer()
    {
        var extension = new Mails();
        var profile = TestHost.Profile($"storage:\n  path: {_folder.Path}\nemail:\n  from: Acme <no-reply@acme.example>\n", extension);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(profile);
        services.AddSingleton<TimeProvider>(new FakeTimeProvider(new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero)));
        extension.ConfigureServices(services, profile);
        return services.BuildServiceProvider().GetRequiredService<IMailer>();
    }

    [Extension("email")]
    private sealed class Mails : EmailExtension
    {
        protected override Type TestMail => typeof(Greeting);
    }

    private sealed class Greeting : MailComponent
    {
        [Parameter]
        public string Name { get; set; } = "you";

        public override string Subject => $"Hello {Name}";

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            builder.OpenElement(0, "p");
            builder.AddContent(1, $"Hello {Name}");
            builder.CloseElement();
        }
    }

    private sealed class Silent : MailComponent
    {
        public override string Subject => " ";
    }
}
