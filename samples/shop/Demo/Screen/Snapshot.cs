namespace Shop.Demo.Screen;

/// <summary>What there is to see at one moment.</summary>
/// <param name="Elapsed">Since the counting began.</param>
/// <param name="Scene">What is wrong, or that nothing is.</param>
/// <param name="Without">The shop without the mesh.</param>
/// <param name="With">The shop with it.</param>
/// <param name="Policies">What the operator says of each policy.</param>
internal sealed record Snapshot(TimeSpan Elapsed, string Scene, ShopFigures Without, ShopFigures With, IReadOnlyList<string> Policies);
