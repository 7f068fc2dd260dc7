namespace Mesh.Scale.Measuring;

/// <summary>One endpoint that took another's place.</summary>
/// <param name="address">The new endpoint's.</param>
internal sealed class Change(uint address)
{
    public uint Address { get; } = address;

    /// <summary>When the API server published it.</summary>
    public long PublishedAt { get; set; }

    /// <summary>Callers that have not acknowledged it. Guarded by the service.</summary>
    public int Missing { get; set; }
}
