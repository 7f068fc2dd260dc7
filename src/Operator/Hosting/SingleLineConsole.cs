using Microsoft.Extensions.Logging.Console;

namespace Mesh.Operator.Hosting;

internal static class SingleLineConsole
{
    /// <summary>One line for each entry, with the time in UTC; frameworks speak up only to warn.</summary>
    public static void AddSingleLineConsole(this ILoggingBuilder logging)
    {
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Grpc", LogLevel.Warning);
        // It speaks of each request only, and has an activity made for each where it may: a stream keeps its own for as long as it lasts.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        // What fails to start is told by the one who starts it.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
    }
}
