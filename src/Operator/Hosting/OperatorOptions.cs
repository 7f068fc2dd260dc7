using System.Net;
using Mesh.Api.Injection;
using Mesh.Operator.Discovery;

namespace Mesh.Operator.Hosting;

/// <summary>What the command line says.</summary>
internal sealed record OperatorOptions
{
    /// <summary>Folders of manifests; any makes the operator standalone.</summary>
    public IReadOnlyList<string> Manifests { get; init; } = [];

    /// <summary>Where standalone status is written; null: nowhere.</summary>
    public string? State { get; init; }

    /// <summary>Where proxies connect.</summary>
    public required IPEndPoint Discovery { get; init; }

    /// <summary>Health and metrics.</summary>
    public required IPEndPoint Admin { get; init; }

    /// <summary>Null: in-cluster configuration.</summary>
    public string? Kubeconfig { get; init; }

    /// <summary>The admission webhook; Kubernetes only.</summary>
    public IPEndPoint Webhook { get; init; } = new(IPAddress.IPv6Any, 9443);

    /// <summary>A folder with the webhook's tls.crt and tls.key; null: the operator makes its own.</summary>
    public string? WebhookCertificate { get; init; }

    /// <summary>Whether pods are admitted where the injection fails, as failurePolicy Ignore has it for a webhook that doesn't answer.</summary>
    public bool WebhookMayFail { get; init; } = true;

    /// <summary>The sidecars' image, unless MeshConfig names one.</summary>
    public string ProxyImage { get; init; } = SidecarOptions.DefaultImage;

    /// <summary>After which proxies are asked to connect again; zero: never.</summary>
    public TimeSpan ConnectionAge { get; init; } = new DiscoveryLimits().ConnectionAge;

    /// <summary>The operator's own namespace.</summary>
    public string Namespace { get; init; } = "mesh-system";

    /// <summary>Whether proxies and the operator prove who they are. Standalone, keys need a folder to be kept in.</summary>
    public bool Identity { get; init; } = true;

    public bool IsStandalone => Manifests.Count > 0;

    public bool IssuesIdentities => Identity && (!IsStandalone || State is not null);
}
