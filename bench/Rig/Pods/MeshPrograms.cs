using System.Net;

namespace Mesh.Rig.Pods;

/// <summary>How the mesh's own programs are started: one operator that reads manifests, and sidecars beside pods.</summary>
/// <param name="Operator">The program mesh-operator.</param>
/// <param name="Proxy">The program mesh-proxy.</param>
/// <param name="Namespace">Where the pods are.</param>
/// <param name="State">Where the operator keeps what it says of the manifests, and its certificate authority.</param>
/// <param name="OperatorAddress">The operator's own.</param>
/// <param name="Ports">Those of all.</param>
internal sealed record MeshPrograms(string Operator, string Proxy, string Namespace, string State, IPAddress OperatorAddress, Ports Ports)
{
    /// <summary>Has to be ready before the first sidecar starts: it makes what they prove themselves with.</summary>
    /// <param name="manifests">The folders that it reads.</param>
    public Container OperatorOf(params IEnumerable<string> manifests)
    {
        var admin = $"{OperatorAddress}:{Ports.OperatorAdmin}";
        return new(new("operator", Operator,
        [
            "run", .. manifests.SelectMany(folder => (string[])["--manifests", folder]), "--state", State,
            "--discovery", $"{OperatorAddress}:{Ports.Discovery}", "--admin", admin,
        ]), new($"http://{admin}/readyz"));
    }

    /// <param name="log">What its log is named.</param>
    /// <param name="pod">Whom it is beside.</param>
    public Container SidecarOf(string log, Replica pod)
    {
        string[] zone = pod.Zone.Length > 0 ? ["--zone", pod.Zone] : [];
        return new(new(log, Proxy,
        [
            "run", "--operator", $"https://{OperatorAddress}:{Ports.Discovery}",
            "--trust-anchors", Path.Combine(State, "identity", "anchors.pem"), "--token-file", Path.Combine(State, "identity", "join.key"),
            "--name", pod.Name, "--namespace", Namespace, "--service-account", pod.Service, .. zone,
            "--outbound", $"{pod.Address}:{Ports.Outbound}",
            "--inbound", $"{pod.Address}:{Ports.Inbound}={pod.Address}:{Ports.Application}",
            "--admin", $"{pod.Address}:{Ports.ProxyAdmin}", "--drain-timeout", "2s",
        ]), new($"http://{pod.Address}:{Ports.ProxyAdmin}/ready"));
    }
}
