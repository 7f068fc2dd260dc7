namespace Mesh.Proxy.LoadBalancing;

/// <summary>What became of an attempt, for those who judge endpoints by it.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Status">The answer's status code; 0 where there was no answer.</param>
/// <param name="GrpcStatus">The answer's gRPC status, from its headers or its trailers; null where it has none, or none yet.</param>
/// <param name="Duration">From the attempt's start to the answer's head, or to the failure.</param>
internal readonly record struct AttemptVerdict(AttemptEnd End, int Status, int? GrpcStatus, TimeSpan Duration);
