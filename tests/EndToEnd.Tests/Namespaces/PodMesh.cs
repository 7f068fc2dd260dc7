using System.Net;
using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>The mesh's own programs on a node: an operator, and sidecars in its pods.</summary>
internal static class PodMesh
{
    private const int ProxyUser = 2102;
    private static readonly IPEndPoint Discovery = new(Node.Address, 15010);

    /// <summary>What a sidecar proves itself with, and whom it believes, where its user can read it.</summary>
    private static readonly string[] Credentials = ["anchors.pem", "join.key"];

    /// <summary>A pod with a sidecar, as a standalone operator reads it.</summary>
    public static string Manifest(Pod pod) => $$"""
        apiVersion: v1
        kind: Pod
        metadata: {name: {{pod.Name}}, namespace: shop, annotations: {mesh.io/meshed: "true"} }
        spec: {serviceAccountName: {{pod.Name}}, containers: [{name: app, image: app}]}
        status: {podIP: {{pod.Address}}, podIPs: [{ip: {{pod.Address}}}, {ip: "{{pod.AddressV6}}"}]}
        """;

    /// <param name="node">Where it runs.</param>
    /// <param name="manifests">What it reads.</param>
    /// <param name="folder">Its own, in which its state is kept.</param>
    /// <returns>The folder of the sidecars' credentials.</returns>
    public static async Task<DirectoryInfo> StartOperatorAsync(Node node, DirectoryInfo manifests, DirectoryInfo folder)
    {
        var state = folder.CreateSubdirectory("state");
        var mesh = await MeshProcess.StartInAsync(
            node.Namespace, "mesh-operator", MeshProcess.PathOf("mesh-operator"), [],
            "run", "--manifests", manifests.FullName, "--state", state.FullName, "--discovery", $"{Discovery}", "--admin", "127.0.0.1:15014");
        node.Own(mesh);
        await mesh.ListensForAsync("discovery");
        folder.UnixFileMode |= UnixFileMode.OtherExecute;
        var credentials = folder.CreateSubdirectory("credentials");
        credentials.UnixFileMode |= UnixFileMode.OtherExecute;
        foreach (var name in Credentials)
        {
            var original = new FileInfo(Path.Combine(state.FullName, "identity", name));
            var copy = original.CopyTo(Path.Combine(credentials.FullName, name));
            copy.UnixFileMode |= UnixFileMode.OtherRead;
        }
        return credentials;
    }

    /// <summary>As the injector has it: mesh-init, then the sidecar with the same options. It is ready.</summary>
    /// <param name="pod">Where it runs; its service account has its name.</param>
    /// <param name="credentials">Of <see cref="StartOperatorAsync"/>.</param>
    /// <param name="options">More of them.</param>
    public static async Task StartSidecarAsync(Pod pod, DirectoryInfo credentials, params string[] options)
    {
        (await pod.RunAsync(MeshProcess.PathOf("mesh-proxy"), "init")).Succeeded();
        var sidecar = pod.Own(await MeshProcess.StartInAsync(pod.Namespace, "mesh-proxy", UnprivilegedProxy.Path, UnprivilegedProxy.PrivilegesOf(ProxyUser),
            [
                "run", "--operator", $"https://{Discovery}", "--trust-anchors", $"{credentials.FullName}/anchors.pem", "--token-file", $"{credentials.FullName}/join.key",
                "--name", pod.Name, "--namespace", "shop", "--service-account", pod.Name, "--outbound", "localhost:15001", "--inbound", "[::]:15006", .. options,
            ]));
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
