namespace Mesh.Operator.Identity;

/// <summary>A trust anchor as it is stored.</summary>
/// <param name="Certificate">PEM.</param>
/// <param name="Key">PEM; null where somebody else keeps it.</param>
/// <param name="Phase">Where it is in its life.</param>
/// <param name="Since">When that phase began.</param>
/// <param name="Made">When it was made, or first seen.</param>
/// <param name="Ends">When its certificate ends.</param>
internal sealed record AnchorRecord(string Certificate, string? Key, AnchorPhase Phase, DateTimeOffset Since, DateTimeOffset Made, DateTimeOffset Ends)
{
    /// <summary>The longest life that any workload's certificate of it has had.</summary>
    public TimeSpan LongestLife { get; init; }
}
