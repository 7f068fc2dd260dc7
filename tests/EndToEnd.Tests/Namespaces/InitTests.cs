using System.Net;
using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary><c>mesh-proxy init</c> and the kernel's real packet filters: which connections arrive where.</summary>
public sealed class InitTests : IAsyncLifetime
{
    private Node _node = null!;
    private Pod _a = null!, _b = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(NetworkNamespace.Lack is null, NetworkNamespace.Lack ?? "");
        _node = await Node.CreateAsync();
        (_a, _b) = (await _node.AddPodAsync("a"), await _node.AddPodAsync("b"));
        foreach (var pod in new[] { _a, _b })
        {
            foreach (var port in new[] { 80, 81, 15000, 15001, 15002, 15006 }) pod.Own(await SayingListener.StartAsync(pod, port));
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
    }

    [Theory]
    [InlineData("nft")]
    [InlineData("iptables")]
    public async Task WhatAPodOpens_GoesToTheProxy(string backend)
    {
        foreach (var address in new[] { _b.Address, _b.AddressV6 }) Assert.Equal("b:80", await AskAsync(_a, address, 80));

        await InitAsync(_a, "--backend", backend);

        foreach (var address in new[] { _b.Address, _b.AddressV6 }) Assert.Equal("a:15001", await AskAsync(_a, address, 80));
    }

    [Theory]
    [InlineData("nft")]
    [InlineData("iptables")]
    public async Task WhatIsOpenedToAPod_GoesToTheProxy_ButNotToItsOwnPorts(string backend)
    {
        await InitAsync(_b, "--backend", backend);

        foreach (var address in new[] { _b.Address, _b.AddressV6 })
        {
            Assert.Equal("b:15006", await AskAsync(_a, address, 80));
            Assert.Equal("b:15006", await AskAsync(_a, address, 9999));
            foreach (var own in new[] { 15000, 15001, 15002, 15006 }) Assert.Equal($"b:{own}", await AskAsync(_a, address, own));
        }
    }

    [Theory]
    [InlineData("nft")]
    [InlineData("iptables")]
    public async Task TheProxysOwnConnections_AndLoopback_AreLeftAlone(string backend)
    {
        await InitAsync(_a, "--backend", backend);

        Assert.Equal("b:80", (await _a.RunAsync("setpriv", "--reuid", "2102", "--clear-groups", "bash", "-c", $"cat < /dev/tcp/{_b.Address}/80")).Succeeded());
        foreach (var own in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback, _a.Address, _a.AddressV6 }) Assert.Equal("a:80", await AskAsync(_a, own, 80));
    }

    [Theory]
    [InlineData("nft")]
    [InlineData("iptables")]
    public async Task SkippedPortsAndAddresses_AreReachedDirectly(string backend)
    {
        await InitAsync(_a, "--backend", backend, "--skip-outbound-ports", "81", "--skip-outbound-cidrs", $"{_b.AddressV6}");
        Assert.Equal("a:15001", await AskAsync(_a, _b.Address, 80));
        Assert.Equal("b:81", await AskAsync(_a, _b.Address, 81));
        Assert.Equal("b:80", await AskAsync(_a, _b.AddressV6, 80));

        await InitAsync(_a, "--backend", backend, "--skip-inbound-ports", "81", "--skip-inbound-cidrs", $"{_b.AddressV6}");
        Assert.Equal("a:15006", await AskAsync(_b, _a.Address, 80));
        Assert.Equal("a:81", await AskAsync(_b, _a.Address, 81));
        Assert.Equal("a:80", await AskAsync(_b, _a.AddressV6, 80));
        Assert.Equal("a:15001", await AskAsync(_a, _b.Address, 81));
    }

    [Theory]
    [InlineData("nft", "nft list ruleset")]
    [InlineData("iptables", "iptables-save -t nat | grep -v ^#; ip6tables-save -t nat | grep -v ^#")]
    public async Task Cleanup_RemovesWhatInitWrote_AndNothingElse(string backend, string list)
    {
        (await _a.RunAsync("bash", "-c", "iptables -t nat -A OUTPUT -p tcp --dport 99 -j RETURN && nft add table inet other && nft add table ip6 nat && nft add table ip mesh")).Succeeded();
        (await _a.RunAsync("ip6tables", "-t", "nat", "-L")).Succeeded();
        var before = await ListAsync();
        await InitAsync(_a, "--backend", backend);
        var once = await ListAsync();
        await InitAsync(_a, "--backend", backend);

        Assert.Equal(once, await ListAsync());
        Assert.NotEqual(before, once);
        (await MeshAsync(_a, "cleanup")).Succeeded();
        Assert.Equal(before, await ListAsync());
        (await MeshAsync(_a, "cleanup")).Succeeded();
        Assert.Equal(before, await ListAsync());

        async Task<string> ListAsync() => (await _a.RunAsync("bash", "-c", list)).Succeeded();
    }

    [Theory]
    [InlineData("nft", "nft")]
    [InlineData("iptables", "iptables-save")]
    public async Task WithoutNetAdmin_InitSaysWhatIsMissing(string backend, string program)
    {
        var run = await _a.RunAsync("setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin", MeshProcess.PathOf("mesh-proxy"), "init", "--backend", backend);

        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith($"mesh-proxy init: {program} may not change the rules of this network namespace: run as root with the capability NET_ADMIN.", run.Errors, StringComparison.Ordinal);
        Assert.Equal("b:80", await AskAsync(_a, _b.Address, 80));
    }

    [Fact]
    public async Task NetAdmin_IsAllThatInitNeeds()
    {
        (await _a.RunAsync("setpriv", "--bounding-set", "-all,+net_admin", "--inh-caps", "-all", "--no-new-privs", MeshProcess.PathOf("mesh-proxy"), "init")).Succeeded();

        Assert.Equal("a:15001", await AskAsync(_a, _b.Address, 80));
    }

    private static async Task InitAsync(Pod pod, params string[] arguments) => (await MeshAsync(pod, ["init", .. arguments])).Succeeded();

    private static Task<CommandRun> MeshAsync(Pod pod, params string[] arguments) => pod.RunAsync([MeshProcess.PathOf("mesh-proxy"), .. arguments]);

    private static async Task<string> AskAsync(Pod pod, IPAddress address, int port)
    {
        await using var stream = await pod.ConnectAsync(new IPEndPoint(address, port), Cancellation);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(Cancellation);
    }
}
