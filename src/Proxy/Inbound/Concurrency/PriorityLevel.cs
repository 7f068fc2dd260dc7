using System.Globalization;

namespace Mesh.Proxy.Inbound.Concurrency;

/// <summary>
/// What a priority is worth: each level below the highest leaves a tenth of the limit free for those above it, and the lowest
/// still has a half. While there is more of everything than the application bears, what matters more refills what is freed, and
/// the lower levels get the rest. Known from telephony as trunk reservation.
/// </summary>
/// <param name="Priority">As the policy numbers it.</param>
/// <param name="Rank">Levels above it.</param>
internal sealed record PriorityLevel(int Priority, int Rank)
{
    private const double Reserved = 0.1;
    private const double Least = 0.5;

    /// <summary>The only one, where the policy has no priorities.</summary>
    public static readonly PriorityLevel Only = new(0, 0);

    /// <summary>The priority as metrics label it.</summary>
    public string Name { get; } = Priority.ToString(CultureInfo.InvariantCulture);

    private readonly double _share = Math.Max(1 - Reserved * Rank, Least);

    /// <summary>How many may be in flight, of all levels together, for one of this level to come in; at least one.</summary>
    public int Allowance(int limit) => Rank == 0 ? limit : Math.Max(Math.Min((int)(limit * _share), limit - Rank), 1);
}
