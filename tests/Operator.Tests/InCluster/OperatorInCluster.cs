namespace Mesh.Operator.Tests.InCluster;

/// <summary>Tests that share the operator and its API server; one at a time, since some take the API server down.</summary>
[CollectionDefinition(nameof(OperatorInCluster))]
public sealed class OperatorInCluster : ICollectionFixture<OperatorFixture>;
