namespace Mesh.Proxy.Admin;

/// <summary>Whether the application's traffic can be entrusted to this proxy, and if not, why.</summary>
internal sealed record Readiness(IReadOnlyList<string> Reasons)
{
    public bool Ready => Reasons.Count is 0;
}
