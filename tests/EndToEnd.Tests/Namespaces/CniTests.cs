using System.Net;
using System.Text.Json.Nodes;
using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>The CNI plugin as a container runtime runs it on a node: pods that may not redirect their own connections have it done to them.</summary>
public sealed class CniTests : IAsyncLifetime
{
    private const string Result = """{"cniVersion":"1.0.0","ips":[{"address":"10.244.0.2/32"}]}""";

    private const string Injected = """
        {"metadata": {"annotations": {"mesh.io/skip-outbound-ports": "81"}},
         "spec": {"initContainers": [{"name": "mesh-verify"}, {"name": "mesh-proxy", "securityContext": {"runAsUser": 2102}}], "containers": [{"name": "app"}]}}
        """;

    private DirectoryInfo _folder = null!;
    private Node _node = null!;
    private Pod _pod = null!, _other = null!;
    private PlayedApiServer _apiServer = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string NetworkConfiguration => Path.Combine(_folder.FullName, "net.d", "10-k8s.conflist");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(NetworkNamespace.Lack is null, NetworkNamespace.Lack ?? "");
        _folder = Directory.CreateTempSubdirectory("mesh-cni-");
        var certificates = TestCertificates.Create(_folder.CreateSubdirectory("account"));
        File.Copy(certificates.Authority, Path.Combine(_folder.FullName, "account", "ca.crt"));
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "account", "token"), PlayedApiServer.Token);
        _folder.CreateSubdirectory("bin");
        _folder.CreateSubdirectory("net.d");
        await File.WriteAllTextAsync(NetworkConfiguration, """{"cniVersion":"1.0.0","name":"k8s","plugins":[{"type":"bridge"}]}""");

        _node = await Node.CreateAsync();
        (_pod, _other) = (await _node.AddPodAsync("pod"), await _node.AddPodAsync("other"));
        foreach (var port in new[] { 80, 81 }) _other.Own(await SayingListener.StartAsync(_other, port));
        _apiServer = await PlayedApiServer.StartAsync(_node, certificates);
    }

    public async ValueTask DisposeAsync()
    {
        if (_apiServer is not null) await _apiServer.DisposeAsync();
        if (_node is not null) await _node.DisposeAsync();
        _folder?.Delete(recursive: true);
    }

    [Fact]
    public async Task APodThatReliesOnThePlugin_IsRedirected_AndVerifiesIt()
    {
        await using var installer = await InstallAsync();
        _apiServer.Pods["shop/catalog"] = Injected;
        Assert.Equal(1, (await VerifyAsync()).ExitCode);

        Assert.Equal(Result, (await PluginAsync("ADD")).Succeeded().TrimEnd());

        Assert.Equal("connections over IPv4 and IPv6 go to the proxy\n", (await VerifyAsync()).Succeeded());
        _pod.Own(await SayingListener.StartAsync(_pod, 15001));
        Assert.Equal("pod:15001", await AskAsync(_other.Address, 80));
        Assert.Equal("other:81", await AskAsync(_other.AddressV6, 81));
        (await PluginAsync("CHECK")).Succeeded();

        (await PluginAsync("DEL")).Succeeded();
        Assert.Equal("other:80", await AskAsync(_other.Address, 80));
        Assert.Equal(100, (int)JsonNode.Parse((await PluginAsync("CHECK")).Output)!["code"]!);
    }

    [Fact]
    public async Task APodThatStartedBeforeThePlugin_IsToldSo()
    {
        var run = await VerifyAsync();

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("mesh-proxy verify: connections over IPv4 do not go to the proxy: one to 192.0.2.1:1 did not arrive at port 15001. The CNI plugin was probably not on this node", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("""{"spec": {"containers": [{"name": "app"}]}}""")]
    public async Task APodWithoutASidecar_IsLeftAlone(string? pod)
    {
        await using var installer = await InstallAsync();
        if (pod is not null) _apiServer.Pods["shop/catalog"] = pod;

        Assert.Equal(Result, (await PluginAsync("ADD")).Succeeded().TrimEnd());

        Assert.Equal("other:80", await AskAsync(_other.Address, 80));
    }

    [Fact]
    public async Task AnApiServerThatIsNotTrusted_IsNotAsked()
    {
        await using var installer = await InstallAsync();
        _apiServer.Pods["shop/catalog"] = Injected;
        var credentials = Path.Combine(_folder.FullName, "net.d", "mesh-cni");
        Assert.Equal(0, (await PluginAsync("STATUS")).ExitCode);
        Assert.Equal(0, await installer.StopAsync());
        Directory.CreateDirectory(credentials);
        await File.WriteAllTextAsync(Path.Combine(credentials, "token"), PlayedApiServer.Token, Cancellation);
        TestCertificates.Create(new(credentials));
        File.Move(Path.Combine(credentials, "ca.pem"), Path.Combine(credentials, "ca.crt"));

        Assert.Equal(11, (int)JsonNode.Parse((await PluginAsync("ADD")).Output)!["code"]!);
        Assert.Equal(50, (int)JsonNode.Parse((await PluginAsync("STATUS")).Output)!["code"]!);
    }

    [Fact]
    public async Task Installer_LeavesNothingBehind()
    {
        var installer = await InstallAsync();
        Assert.True(File.Exists(Path.Combine(_folder.FullName, "bin", "mesh-cni")));

        Assert.Equal(0, await installer.StopAsync());

        Assert.Equal(["bridge"], ((JsonArray)JsonNode.Parse(await File.ReadAllTextAsync(NetworkConfiguration, Cancellation))!["plugins"]!).Select(plugin => (string?)plugin!["type"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_folder.FullName, "bin")));
        Assert.Equal([NetworkConfiguration], Directory.EnumerateFileSystemEntries(Path.Combine(_folder.FullName, "net.d")));
    }

    private async Task<MeshProcess> InstallAsync()
    {
        var installer = await MeshProcess.StartInAsync(_node.Namespace, "mesh-proxy", MeshProcess.PathOf("mesh-proxy"), [],
            ["cni", "install", .. Folders(),
            "--server", $"https://{Node.Address}:6443", "--exclude-namespaces", "kube-system"]);
        await Eventually.BecomesAsync(
            () => CommandRun.InAsync(_node.Namespace, null, [MeshProcess.PathOf("mesh-proxy"), "cni", "ready", .. Folders()]), run => run.ExitCode == 0, Cancellation);
        return installer;
    }

    private string[] Folders() =>
    [
        "--bin-dir", Path.Combine(_folder.FullName, "bin"), "--conf-dir", Path.Combine(_folder.FullName, "net.d"),
        "--host-conf-dir", Path.Combine(_folder.FullName, "net.d"), "--service-account-dir", Path.Combine(_folder.FullName, "account"),
    ];

    // As libcni does: the plugin's entry with the network's name and version, and what the plugins before it came to; no arguments.
    private async Task<CommandRun> PluginAsync(string command)
    {
        var entry = await EntryAsync();
        entry["cniVersion"] = "1.0.0";
        entry["name"] = "k8s";
        entry["prevResult"] = JsonNode.Parse(Result);
        return await CommandRun.InAsync(_node.Namespace, entry.ToJsonString(), "env", "-i", "DOTNET_EnableDiagnostics=0", "CNI_CONTAINERID=c1", "CNI_IFNAME=eth0", "CNI_PATH=/opt/cni/bin",
            $"CNI_COMMAND={command}", $"CNI_NETNS=/proc/{Environment.ProcessId}/task/{_pod.Namespace.ThreadId}/ns/net",
            "CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=catalog", Plugin());
    }

    private JsonObject? _entry;

    private async Task<JsonObject> EntryAsync()
    {
        _entry ??= (JsonObject)((JsonArray)JsonNode.Parse(await File.ReadAllTextAsync(NetworkConfiguration, Cancellation))!["plugins"]!)[^1]!;
        return (JsonObject)_entry.DeepClone();
    }

    // The build for the JIT can't do without the libraries beside it, so its copy does not run.
    private string Plugin()
    {
        var program = MeshProcess.PathOf("mesh-proxy");
        var installed = Path.Combine(_folder.FullName, "bin", "mesh-cni");
        return File.Exists($"{program}.dll") || !File.Exists(installed) ? program : installed;
    }

    private Task<CommandRun> VerifyAsync() =>
        _pod.RunAsync(["setpriv", .. UnprivilegedProxy.PrivilegesOf(2103), UnprivilegedProxy.Path, "verify", "--timeout", "2s", "--skip-outbound-ports", "81"]);

    private async Task<string> AskAsync(IPAddress address, int port)
    {
        await using var stream = await _pod.ConnectAsync(new IPEndPoint(address, port), Cancellation);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(Cancellation);
    }
}
