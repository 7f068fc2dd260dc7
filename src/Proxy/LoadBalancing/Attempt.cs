namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// One attempt: the endpoint (<c>10.0.0.7:8080</c>), a status code (<c>503</c>) or the failure's name (<c>ConnectFailure</c>,
/// <c>RefusedStream</c>, <c>Reset</c>, <c>AttemptTimeout</c>, <c>Cancelled</c>), and the time to the response's head or to the failure.
/// </summary>
internal readonly record struct Attempt(string Endpoint, string Outcome, TimeSpan Duration);
