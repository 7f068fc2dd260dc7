using System.Net;
using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>The mesh's own programs on a node: an operator, and sidecars in its pods.</summary>
internal static class PodMesh
{
    private const int ProxyUser = 2102;
    private static readonly IPEndPoint Discovery = new(Node.Address, 15010);

    public static async Task StartOperatorAsync(Node node, DirectoryInfo manifests, DirectoryInfo state) => node.Own(await MeshProcess.StartInAsync(
        node.Namespace, "mesh-operator", MeshProcess.PathOf("mesh-operator"), [],
        "run", "--manifests", manifests.FullName, "--state", state.FullName, "--identity", "off", "--discovery", $"{Discovery}", "--admin", "127.0.0.1:15014"));

    /// <summary>As the injector has it: mesh-init, then the sidecar with the same options. It is ready.</summary>
    public static async Task StartSidecarAsync(Pod pod, params string[] options)
    {
        (await pod.RunAsync(MeshProcess.PathOf("mesh-proxy"), "init")).Succeeded();
        var sidecar = pod.Own(await MeshProcess.StartInAsync(pod.Namespace, "mesh-proxy", UnprivilegedProxy.Path, UnprivilegedProxy.PrivilegesOf(ProxyUser),
            ["run", "--operator", $"http://{Discovery}", "--name", pod.Name, "--namespace", "shop", "--outbound", "localhost:15001", "--inbound", "[::]:15006", .. options]));
        using var client = new HttpClient(pod.NewHandler());
        await Eventually.BecomesAsync(
            async () =>
            {
                try
                {
                    using var answer = await client.GetAsync("http://127.0.0.1:15000/ready");
                    return $"{(int)answer.StatusCode}\n{sidecar.Output}";
                }
                catch (HttpRequestException failure)
                {
                    return $"{failure.Message}\n{sidecar.Output}";
                }
            },
            answer => answer.StartsWith("200", StringComparison.Ordinal), CancellationToken.None);
    }
}
