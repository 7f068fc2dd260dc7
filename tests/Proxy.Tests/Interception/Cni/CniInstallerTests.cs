using System.Text.Json.Nodes;
using Mesh.Proxy.Interception.Cni;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Interception.Cni;

public sealed class CniInstallerTests : IDisposable
{
    private const string Chain = """{"cniVersion":"1.0.0","name":"k8s","plugins":[{"type":"bridge","ipMasq":true},{"type":"portmap"}]}""";

    private readonly DirectoryInfo _host = Directory.CreateTempSubdirectory("mesh-cni-");
    private readonly FakeTimeProvider _time = new();
    private readonly HostFolders _folders;

    public CniInstallerTests()
    {
        _folders = new(Folder("bin"), Folder("net.d"), "/etc/cni/net.d", Folder("account"));
        File.WriteAllText(Program, "the program");
        File.WriteAllText(Path.Combine(_folders.ServiceAccount, "token"), "first");
        File.WriteAllText(Path.Combine(_folders.ServiceAccount, "ca.crt"), "anchor");
    }

    private string Program => Path.Combine(_host.FullName, "mesh-proxy");

    public void Dispose() => _host.Delete(recursive: true);

    [Fact]
    public void Plugin_IsChainedLast_WithItsProgramAndCredentials()
    {
        Write("20-other.conflist", Chain);
        Write("10-k8s.conflist", Chain);

        New().Ensure();

        Assert.Equal(["bridge", "portmap", "mesh-cni"], Types("10-k8s.conflist"));
        Assert.Equal(["bridge", "portmap"], Types("20-other.conflist"));
        Assert.Equal("the program", File.ReadAllText(_folders.Program));
        Assert.True(File.GetUnixFileMode(_folders.Program).HasFlag(UnixFileMode.OtherExecute));
        var settings = CniSettings.Read((JsonObject)Plugins("10-k8s.conflist")[^1]!);
        Assert.Equal("https://10.96.0.1/ /etc/cni/net.d/mesh-cni/ca.crt /etc/cni/net.d/mesh-cni/token kube-system",
            $"{settings.Server} {settings.CertificateAuthority} {settings.Token} {string.Join(' ', settings.ExcludedNamespaces)}");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folders.CredentialsFolder, "token")));
        Assert.True(CniInstaller.IsInPlace(_folders));
    }

    [Fact]
    public void SinglePluginsConfiguration_BecomesAList()
    {
        Write("10-flannel.conf", """{"cniVersion":"0.3.1","name":"cbr0","type":"flannel","delegate":{"isDefaultGateway":true}}""");

        New().Ensure();

        Assert.Equal(["10-flannel.conflist"], Files());
        Assert.Equal(["flannel", "mesh-cni"], Types("10-flannel.conflist"));
        Assert.Equal("0.3.1 cbr0", $"{Read("10-flannel.conflist")["cniVersion"]} {Read("10-flannel.conflist")["name"]}");
        Assert.Equal("""{"type":"flannel","delegate":{"isDefaultGateway":true}}""", Plugins("10-flannel.conflist")[0]!.ToJsonString());
    }

    [Fact]
    public void RunAgain_ChangesNothing()
    {
        Write("10-k8s.conflist", Chain);
        New().Ensure();
        var before = File.ReadAllText(PathOf("10-k8s.conflist"));
        var written = File.GetLastWriteTimeUtc(PathOf("10-k8s.conflist"));

        New().Ensure();

        Assert.Equal((before, written), (File.ReadAllText(PathOf("10-k8s.conflist")), File.GetLastWriteTimeUtc(PathOf("10-k8s.conflist"))));
    }

    [Fact]
    public async Task WhatOthersUndo_IsDoneAgain_AndTerminationRemovesIt()
    {
        using var stop = new CancellationTokenSource();
        var running = New().RunAsync(stop.Token);
        Assert.False(CniInstaller.IsInPlace(_folders));

        Write("10-k8s.conflist", Chain);
        await PassesAsync(() => CniInstaller.IsInPlace(_folders));
        Write("10-k8s.conflist", Chain);
        File.Delete(_folders.Program);
        File.WriteAllText(Path.Combine(_folders.ServiceAccount, "token"), "second");
        await PassesAsync(() => CniInstaller.IsInPlace(_folders) && File.ReadAllText(Path.Combine(_folders.CredentialsFolder, "token")) == "second");

        await stop.CancelAsync();
        await running;
        Assert.Equal(["bridge", "portmap"], Types("10-k8s.conflist"));
        Assert.False(File.Exists(_folders.Program));
        Assert.False(Directory.Exists(_folders.CredentialsFolder));
        Assert.Equal(["10-k8s.conflist"], Files());
    }

    [Fact]
    public void ConfigurationThatCannotBeRead_IsLeftAsItIs()
    {
        Write("10-k8s.conflist", "{");

        New().Ensure();

        Assert.Equal("{", File.ReadAllText(PathOf("10-k8s.conflist")));
        Assert.False(CniInstaller.IsInPlace(_folders));
    }

    private CniInstaller New() => new(_folders, Program, new("https://10.96.0.1:443"), ["kube-system"], _time, NullLogger.Instance);

    // The loop runs on its own thread: time is moved on until it has done its round.
    private async Task PassesAsync(Func<bool> condition)
    {
        while (!condition())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            _time.Advance(CniInstaller.Interval);
            await Task.Yield();
        }
    }

    private string Folder(string name) => _host.CreateSubdirectory(name).FullName;

    private string PathOf(string name) => Path.Combine(_folders.Configurations, name);

    private void Write(string name, string text) => File.WriteAllText(PathOf(name), text);

    private JsonObject Read(string name) => (JsonObject)JsonNode.Parse(File.ReadAllText(PathOf(name)))!;

    private JsonArray Plugins(string name) => (JsonArray)Read(name)["plugins"]!;

    private IEnumerable<string?> Types(string name) => Plugins(name).Select(plugin => (string?)plugin!["type"]);

    private IEnumerable<string?> Files() => Directory.EnumerateFiles(_folders.Configurations).Select(Path.GetFileName).Order();
}
