using Mesh.KubeApi.Clusters;

[assembly: AssemblyFixture(typeof(ClusterFixture))]
