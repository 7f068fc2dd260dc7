namespace Mesh.Bench.Peers;

/// <summary>How programs call what is spoken.</summary>
internal static class Wires
{
    /// <summary>The name of a service's port that speaks it.</summary>
    public static string PortName(this Wire wire) => wire switch { Wire.Http11 => "http", Wire.Http2 => "http2", Wire.Grpc => "grpc", Wire.Tcp => "tcp-echo", _ => "any" };

    public static bool IsRelayed(this Wire wire) => wire is Wire.Tcp or Wire.Unknown;

    public static bool IsHttp2(this Wire wire) => wire is Wire.Http2 or Wire.Grpc;
}
