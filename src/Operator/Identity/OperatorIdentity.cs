using Mesh.Api.Identity;

namespace Mesh.Operator.Identity;

/// <summary>Who the operator is: what proxies expect it to prove.</summary>
/// <param name="Namespace">Its own.</param>
/// <param name="Name">This replica's name.</param>
internal sealed record OperatorIdentity(string Namespace, string Name)
{
    /// <summary>Its service account, as <c>config/rbac</c> declares it.</summary>
    public const string ServiceAccount = "mesh-operator";

    public string Workload => $"{Namespace}/{ServiceAccount}";

    public SpiffeId In(string trustDomain) => new(trustDomain, Namespace, ServiceAccount);
}
