using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>The gRPC status codes that say that a call failed. Source: the gRPC specification, statuscodes.md.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<GrpcCode>))]
public enum GrpcCode
{
    /// <summary>The caller gave up.</summary>
    [JsonStringEnumMemberName("CANCELLED")]
    Cancelled = 1,

    /// <summary>An error that says no more.</summary>
    [JsonStringEnumMemberName("UNKNOWN")]
    Unknown = 2,

    /// <summary>The call makes no sense, whatever the state.</summary>
    [JsonStringEnumMemberName("INVALID_ARGUMENT")]
    InvalidArgument = 3,

    /// <summary>The deadline passed.</summary>
    [JsonStringEnumMemberName("DEADLINE_EXCEEDED")]
    DeadlineExceeded = 4,

    /// <summary>There is no such thing.</summary>
    [JsonStringEnumMemberName("NOT_FOUND")]
    NotFound = 5,

    /// <summary>There is one already.</summary>
    [JsonStringEnumMemberName("ALREADY_EXISTS")]
    AlreadyExists = 6,

    /// <summary>The caller may not.</summary>
    [JsonStringEnumMemberName("PERMISSION_DENIED")]
    PermissionDenied = 7,

    /// <summary>A quota or a limit is used up.</summary>
    [JsonStringEnumMemberName("RESOURCE_EXHAUSTED")]
    ResourceExhausted = 8,

    /// <summary>The state does not allow it.</summary>
    [JsonStringEnumMemberName("FAILED_PRECONDITION")]
    FailedPrecondition = 9,

    /// <summary>Something else came between.</summary>
    [JsonStringEnumMemberName("ABORTED")]
    Aborted = 10,

    /// <summary>Beyond the valid range.</summary>
    [JsonStringEnumMemberName("OUT_OF_RANGE")]
    OutOfRange = 11,

    /// <summary>There is no such method.</summary>
    [JsonStringEnumMemberName("UNIMPLEMENTED")]
    Unimplemented = 12,

    /// <summary>Something is broken.</summary>
    [JsonStringEnumMemberName("INTERNAL")]
    Internal = 13,

    /// <summary>Not now; it may work later.</summary>
    [JsonStringEnumMemberName("UNAVAILABLE")]
    Unavailable = 14,

    /// <summary>Data is lost.</summary>
    [JsonStringEnumMemberName("DATA_LOSS")]
    DataLoss = 15,

    /// <summary>Nobody knows who the caller is.</summary>
    [JsonStringEnumMemberName("UNAUTHENTICATED")]
    Unauthenticated = 16,
}
