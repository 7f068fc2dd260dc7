using System.Globalization;

namespace Mesh.Operator.Compilation;

/// <summary>Reads the annotation that says on which port a pod's sidecar takes what is meant for one of the application's.</summary>
internal static class InboundPorts
{
    /// <returns>The sidecar's port, or the application's own where no sidecar stands in front of it.</returns>
    public static int Map(string? annotation, int applicationPort) => Find(annotation, applicationPort, fromSidecar: false);

    /// <returns>The application's port behind a port of the sidecar, or the port itself where it is none of them.</returns>
    public static int MapBack(string? annotation, int sidecarPort) => Find(annotation, sidecarPort, fromSidecar: true);

    private static int Find(string? annotation, int port, bool fromSidecar)
    {
        foreach (var entry in (annotation ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (entry.Split('=', StringSplitOptions.TrimEntries) is not [var from, var to]) continue;
            if (ParsePort(from) is not { } application || ParsePort(to) is not { } sidecar) continue;
            if ((fromSidecar ? sidecar : application) == port) return fromSidecar ? application : sidecar;
        }
        return port;
    }

    private static int? ParsePort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue ? port : null;
}
