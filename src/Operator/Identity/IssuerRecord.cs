namespace Mesh.Operator.Identity;

/// <summary>What signs workloads' certificates, as it is stored.</summary>
/// <param name="Certificates">PEM: its own, then what leads to an anchor.</param>
/// <param name="Key">PEM.</param>
/// <param name="Made">When it was made, or first seen.</param>
/// <param name="Ends">When its certificate ends.</param>
internal sealed record IssuerRecord(string Certificates, string Key, DateTimeOffset Made, DateTimeOffset Ends);
