using Systemprompt.Architecture.Tests.Checks;

namespace Systemprompt.Architecture.Tests;

public sealed class LogEventTests
{
    [Fact]
    public void Event_ids_are_unique_and_inside_their_areas_range()
    {
        var events = Repository.Projects.SelectMany(project =>
        {
            using var assembly = Repository.Assembly(project);
            return LogEvent.In(assembly).ToList();
        }).ToList();

        events.ShouldNotBeEmpty();
        LogEvent.Faults(events).ShouldBeEmpty();
    }

    [Fact]
    public void A_double_and_a_stray_id_are_found()
    {
        using var assembly = Synthetic.Assembly(
            """
            namespace Systemprompt.Audit
            {
                using Microsoft.Extensions.Logging;
                static class Lines
                {
                    [LoggerMessage(2001, LogLevel.Error, "a")] static void A() { }
                    [LoggerMessage(EventId = 2001, Level = LogLevel.Error, Message = "b")] static void B() { }
                    [LoggerMessage(1001, LogLevel.Error, "c")] static void C() { }
                    [LoggerMessage(Level = LogLevel.Error, Message = "d")] static void D() { }
                }
            }
            """);

        LogEvent.Faults([.. LogEvent.In(assembly)]).ShouldBe(
        [
            "Systemprompt.Audit.Lines.C: event 1001 is outside the range of Systemprompt.Audit",
            "Systemprompt.Audit.Lines.D: event -1 is outside the range of Systemprompt.Audit",
            "event 2001 is used twice: Systemprompt.Audit.Lines.A, Systemprompt.Audit.Lines.B",
        ], ignoreOrder: true);
    }
}
