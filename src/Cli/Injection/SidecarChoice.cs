using System.CommandLine;
using Mesh.Api.Identity;
using Mesh.Api.Injection;
using Mesh.Api.Resources;
using Mesh.Cli.Cluster;

namespace Mesh.Cli.Injection;

/// <summary>The sidecar that inject gives: as the cluster's operator would, or, with its trust anchors from a file, without asking a cluster.</summary>
internal sealed class SidecarChoice
{
    private const string AnchorsConfigMap = "mesh-trust-anchors";

    // Native sidecars are on by default since (KEP-753).
    private static readonly Version NativeSidecars = new(1, 29);

    private readonly Option<string?> _anchors = new("--trust-anchors")
    {
        Description = "The mesh's trust anchors, a PEM file: no cluster is asked. Default: the cluster's.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _image = new("--proxy-image") { Description = "The sidecar's image. Default: that of the operator.", HelpName = "IMAGE" };

    private readonly Option<InterceptionMode?> _interception = new("--interception") { Description = "Init, Cni or None. Default: as MeshConfig says." };

    private readonly Option<string> _trustDomain = new("--trust-domain")
    {
        Description = "With --trust-anchors: the mesh's trust domain.",
        HelpName = "NAME",
        DefaultValueFactory = _ => SpiffeId.DefaultTrustDomain,
    };

    public void AddTo(Command command)
    {
        command.Add(_anchors);
        command.Add(_image);
        command.Add(_interception);
        command.Add(_trustDomain);
    }

    public SidecarOptions Options(ParseResult result, ClusterOptions options)
    {
        var ns = result.GetRequiredValue(options.Namespace);
        var chosen = result.GetValue(_anchors) is { } file
            ? new SidecarOptions(SidecarOptions.DefaultImage, ns) { Identity = Identity(result.GetRequiredValue(_trustDomain), ns, File.ReadAllText(file)) }
            : Ask(options.Open(result), ns);
        return chosen with
        {
            Image = result.GetValue(_image) ?? chosen.Image,
            Interception = result.GetValue(_interception) ?? chosen.Interception,
        };
    }

    private static SidecarOptions Ask(ICluster cluster, string ns)
    {
        var deployment = cluster.Find("deployment", "mesh-operator", ns) ?? throw new ClusterException($"found no Deployment {ns}/mesh-operator: meshctl check, or --trust-anchors FILE");
        var anchors = cluster.Find("configmap", AnchorsConfigMap, ns).Text("data", "ca.crt");
        var config = cluster.Find(MeshConfig.KubePlural, MeshConfig.DefaultName);
        var interception = config.Text("spec", "proxy", "interception");
        var trustDomain = config.Text("spec", "identity", "trustDomain");
        return new SidecarOptions(ProxyImages.Expected(cluster, deployment), ns)
        {
            Interception = interception.Length > 0 ? Enum.Parse<InterceptionMode>(interception) : InterceptionMode.Init,
            Identity = anchors.Length > 0
                ? Identity(trustDomain.Length > 0 ? trustDomain : SpiffeId.DefaultTrustDomain, ns, anchors)
                : throw new ClusterException($"found no ConfigMap {ns}/{AnchorsConfigMap}: has the operator started? Or --trust-anchors FILE"),
            NativeSidecars = cluster.ServerVersion() >= NativeSidecars,
        };
    }

    private static SidecarIdentity Identity(string trustDomain, string ns, string anchors) => new(new SpiffeId(trustDomain, ns, "mesh-operator"), anchors);
}
