namespace Shop.Demo.Story;

/// <summary>What is wrong with both shops for a while.</summary>
internal enum Breakage
{
    None,
    CatalogReplicaGone,
    CatalogReplicaSlow,
    PaymentsFail,
}
