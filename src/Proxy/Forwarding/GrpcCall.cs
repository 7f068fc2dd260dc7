using System.Globalization;
using System.Text;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Forwarding;

/// <summary>What the proxy knows of gRPC. Source: grpc/grpc doc/PROTOCOL-HTTP2.md.</summary>
internal static class GrpcCall
{
    private static readonly string[] StatusNames = [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
        "UNAUTHENTICATED",
    ];

    public static bool Is(HttpRequest request) => Is(request.ContentType);

    public static bool Is(HttpRequestMessage request) =>
        request.Content is { } content && MessageFields.TryGet(content.Headers, "content-type", out var type) && Is(MessageFields.Line(type));

    private static bool Is(string? type) =>
        type is not null && type.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase)
        && (type.Length is 16 || type[16] is '+' or ';');

    /// <summary>A status' number; that of <c>UNKNOWN</c> for what is no status, as the specification says.</summary>
    public static int StatusOf(string status) =>
        int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (int)GrpcStatus.Unknown;

    /// <summary>What a client takes an HTTP status for. Source: grpc/grpc doc/http-grpc-status-mapping.md.</summary>
    public static GrpcStatus StatusFor(int httpStatus) => httpStatus switch
    {
        400 => GrpcStatus.Internal,
        401 => GrpcStatus.Unauthenticated,
        403 => GrpcStatus.PermissionDenied,
        404 => GrpcStatus.Unimplemented,
        429 or 502 or 503 or 504 => GrpcStatus.Unavailable,
        _ => GrpcStatus.Unknown,
    };

    /// <summary>The HTTP status closest to a gRPC status. Source: googleapis google/rpc/code.proto.</summary>
    public static int HttpStatusFor(GrpcStatus status) => status switch
    {
        GrpcStatus.Ok => 200,
        GrpcStatus.Canceled => 499,
        GrpcStatus.InvalidArgument or GrpcStatus.FailedPrecondition or GrpcStatus.OutOfRange => 400,
        GrpcStatus.DeadlineExceeded => 504,
        GrpcStatus.NotFound => 404,
        GrpcStatus.AlreadyExists or GrpcStatus.Aborted => 409,
        GrpcStatus.PermissionDenied => 403,
        GrpcStatus.ResourceExhausted => 429,
        GrpcStatus.Unimplemented => 501,
        GrpcStatus.Unavailable => 503,
        GrpcStatus.Unauthenticated => 401,
        _ => 500,
    };

    /// <summary>A status' name; <c>UNKNOWN</c> for what is no status.</summary>
    public static string StatusName(string status) =>
        int.TryParse(status, out var number) && number >= 0 && number < StatusNames.Length ? StatusNames[number] : "UNKNOWN";

    /// <summary>Percent-encodes what a <c>grpc-message</c> may not hold as it is: all but the visible ASCII characters and space.</summary>
    public static string EncodeMessage(string message)
    {
        var encoded = new StringBuilder(message.Length);
        foreach (var octet in Encoding.UTF8.GetBytes(message))
        {
            if (octet is >= 0x20 and <= 0x7E and not (byte)'%') encoded.Append((char)octet);
            else encoded.Append('%').Append(octet.ToString("X2", CultureInfo.InvariantCulture));
        }
        return encoded.ToString();
    }
}
