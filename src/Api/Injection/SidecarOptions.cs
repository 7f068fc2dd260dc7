using Mesh.Api.Resources;

namespace Mesh.Api.Injection;

/// <summary>What the sidecar of every pod has in common.</summary>
/// <param name="Image">The proxy's image.</param>
/// <param name="OperatorNamespace">Where the operator runs: the sidecar finds it there, and pods there get none.</param>
public sealed record SidecarOptions(string Image, string OperatorNamespace)
{
    /// <summary>How a pod's connections come to its sidecar.</summary>
    public InterceptionMode Interception { get; init; } = InterceptionMode.Init;

    /// <summary>What sidecars come by their identity with; null: they have none, and speak to the operator in the clear.</summary>
    public SidecarIdentity? Identity { get; init; }

    /// <summary>
    /// Whence a pod's annotation may choose another image: registries, or folders of them, such as <c>registry.example.com/mesh</c>.
    /// Other images of <see cref="Image"/>'s own repository always are.
    /// </summary>
    public IReadOnlyList<string> ImageRegistries { get; init; } = [];

    /// <summary>
    /// Whether the cluster has native sidecars (KEP-753): on by default since Kubernetes 1.29. Otherwise the sidecar is an ordinary
    /// container. Default: true.
    /// </summary>
    public bool NativeSidecars { get; init; } = true;

    /// <summary>The proxy of the operator's own version.</summary>
    public static readonly string DefaultImage = $"mesh/proxy:{typeof(SidecarOptions).Assembly.GetName().Version!.ToString(3)}";

    /// <summary>The Service in front of the operator's discovery port, as <c>config/operator</c> declares it.</summary>
    public const string OperatorService = "mesh-operator";

    /// <summary>That Service's port.</summary>
    public const int OperatorPort = 15010;

    /// <summary>Where the sidecar finds the operator.</summary>
    public string OperatorUrl => $"{(Identity is null ? "http" : "https")}://{OperatorService}.{OperatorNamespace}.svc:{OperatorPort}";
}
