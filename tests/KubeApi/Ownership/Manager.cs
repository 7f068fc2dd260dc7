namespace Mesh.KubeApi.Ownership;

/// <summary>Whoever owns fields: a name, how it writes (Apply or Update), and to which subresource.</summary>
internal sealed record Manager(string Name, string Operation, string Subresource);
