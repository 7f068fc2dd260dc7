namespace Mesh.Proxy.Telemetry;

/// <summary>What a request is counted by, beside its direction and its destination.</summary>
/// <param name="Protocol">As <c>docs/reference/metrics.md</c> names it.</param>
/// <param name="Status">Of HTTP or gRPC, or <c>canceled</c>.</param>
/// <param name="Error">The proxy's own, where it made the answer; else empty.</param>
/// <param name="Peer">Who proved to be at the other end; empty where nobody did.</param>
internal readonly record struct RequestOutcome(string Protocol, string Status, string Error, string Peer);
