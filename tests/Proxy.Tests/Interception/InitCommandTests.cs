using System.CommandLine;
using System.Runtime.CompilerServices;
using Mesh.Proxy.Interception;

namespace Mesh.Proxy.Tests.Interception;

public sealed class InitCommandTests
{
    private const string NoRight = "netlink: Error: cache initialization failed: Operation not permitted\n";

    [Theory]
    [InlineData("default.nft")]
    [InlineData("skips.nft", "--skip-outbound-ports", "25,9000-9100", "--skip-outbound-ports", "9050-9200", "--skip-outbound-cidrs", "10.1.0.0/16,10.0.0.0/8,fd01::/16",
        "--skip-inbound-ports", "9090,14999", "--skip-inbound-cidrs", "fd02::7,192.0.2.0/24")]
    [InlineData("ports.nft", "--proxy-user", "1337", "--outbound-port", "1", "--inbound-port", "2", "--admin-port", "3", "--health-port", "4")]
    [InlineData("default.iptables", "--backend", "iptables")]
    [InlineData("skips.iptables", "--backend", "iptables", "--skip-outbound-ports", "25,9000-9100", "--skip-outbound-cidrs", "10.0.0.0/8,fd01::/16",
        "--skip-inbound-ports", "9090", "--skip-inbound-cidrs", "fd02::7,192.0.2.0/24")]
    public void DryRun_PrintsTheRulesAndRunsNothing(string golden, params string[] arguments)
    {
        var commands = new PlayedCommands();

        var (exitCode, output, _) = Run(commands, ["init", "--dry-run", .. arguments]);

        Assert.Equal(0, exitCode);
        VerifyGolden(golden, output);
        Assert.Empty(commands.Ran);
    }

    [Fact]
    public void Reference_ShowsTheRulesAsTheyAre()
    {
        var reference = File.ReadAllText(Path.Combine(Source(), "../../../docs/reference/interception.md"));

        Assert.Contains(File.ReadAllText(Path.Combine(Source(), "Golden", "default.nft")).Split("delete table inet mesh\n")[1], reference, StringComparison.Ordinal);
    }

    [Fact]
    public void Init_WritesOneTransaction()
    {
        var commands = new PlayedCommands().With("nft");

        Assert.Equal(0, Run(commands, "init").ExitCode);

        Assert.Equal(["nft list tables", "nft -f -"], commands.Ran);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WithoutNftables_IptablesIsUsed(bool inKernelOnly)
    {
        var commands = new PlayedCommands().With("iptables-restore").With("ip6tables-restore").With("iptables-save").With("ip6tables-save");
        if (inKernelOnly) commands.With("nft", exitCode: 1, errors: "Unable to initialize Netlink socket: Protocol not supported\n");

        Assert.Equal(0, Run(commands, "init").ExitCode);

        Assert.Equal(["iptables-restore --noflush --wait=10", "ip6tables-restore --noflush --wait=10"], commands.Ran.Where(line => line.Contains("--noflush", StringComparison.Ordinal)));
    }

    [Fact]
    public void WithoutEither_BothAreNamed()
    {
        var (exitCode, _, errors) = Run(new PlayedCommands(), "init");

        Assert.Equal((1, "mesh-proxy init: connections can't be redirected here: nft is not installed, and iptables is not installed\n"), (exitCode, errors));
    }

    [Fact]
    public void WithoutTheRight_TheCapabilityIsNamed()
    {
        var (exitCode, _, errors) = Run(new PlayedCommands().With("nft", exitCode: 1, errors: NoRight), "init");

        Assert.Equal(1, exitCode);
        Assert.StartsWith("mesh-proxy init: nft may not change the rules of this network namespace: run as root with the capability NET_ADMIN. It says: netlink:", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutNatInTheKernel_TheModulesAreNamed()
    {
        var commands = new PlayedCommands().With("nft", line => line.EndsWith("-f -", StringComparison.Ordinal)
            ? new(1, "", "/dev/stdin:4:9-16: Error: Could not process rule: No such file or directory\n")
            : new(0, "", ""));

        var (exitCode, _, errors) = Run(commands, "init");

        Assert.Equal(1, exitCode);
        Assert.StartsWith("mesh-proxy init: the kernel lacks something that nft needs: nf_tables with nat and redirection (modules nft_chain_nat, nft_redir;", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--proxy-user: found '0', expected a user ID", "--proxy-user", "0")]
    [InlineData("--inbound-port: found '70000', expected a port from 1 to 65535", "--inbound-port", "70000")]
    [InlineData("--skip-outbound-ports: found '9100-9000', expected a port such as 8080 or a range", "--skip-outbound-ports", "80,9100-9000")]
    [InlineData("--skip-inbound-cidrs: found '10.0.0.1/8', expected an address such as 10.0.0.7 or a CIDR", "--skip-inbound-cidrs", "10.0.0.1/8")]
    [InlineData("--backend: found 'ebpf', expected auto, nft or iptables", "--backend", "ebpf")]
    public void WhatCannotBeRead_IsRefused(string error, params string[] arguments)
    {
        var result = InitCommand.Create(new PlayedCommands(), onNode: false).Parse(arguments);

        Assert.Contains(error, string.Join('\n', result.Errors.Select(found => found.Message)), StringComparison.Ordinal);
    }

    [Fact]
    public void Iptables_KeepsItsJumpsAndEmptiesItsChains_WhenRunAgain()
    {
        const string Saved = "*nat\n:MESH_INBOUND - [0:0]\n:MESH_OUTBOUND - [0:0]\n-A PREROUTING -p tcp -j MESH_INBOUND\n-A OUTPUT -p tcp -j MESH_OUTBOUND\nCOMMIT\n";

        var ruleset = IptablesRuleset.Install(new(), System.Net.Sockets.AddressFamily.InterNetwork, Saved);

        Assert.Contains(":MESH_OUTBOUND - [0:0]\n", ruleset, StringComparison.Ordinal);
        Assert.DoesNotContain("-A OUTPUT", ruleset, StringComparison.Ordinal);
        Assert.DoesNotContain("-A PREROUTING", ruleset, StringComparison.Ordinal);
    }

    [Fact]
    public void Iptables_RemovesWhatIsThere_AndOnlyThat()
    {
        Assert.Null(IptablesRuleset.Remove("*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp -j MESH_OTHER\nCOMMIT\n"));
        Assert.Equal(
            "*nat\n-D OUTPUT -p tcp -j MESH_OUTBOUND\n-F MESH_OUTBOUND\n-X MESH_OUTBOUND\nCOMMIT\n",
            IptablesRuleset.Remove("*nat\n:MESH_OUTBOUND - [0:0]\n:MESH_OTHER - [0:0]\n-A OUTPUT -p tcp -j MESH_OUTBOUND\nCOMMIT\n"));
    }

    [Fact]
    public void OnTheNodeItself_InitRefuses_UnlessToldSo()
    {
        var commands = new PlayedCommands().With("nft");

        var (exitCode, _, errors) = Run(commands, onNode: true, "init");

        Assert.Equal(1, exitCode);
        Assert.StartsWith("mesh-proxy init: this is the node's own network namespace", errors, StringComparison.Ordinal);
        Assert.Empty(commands.Ran);
        Assert.Equal(0, Run(commands, onNode: true, "init", "--on-node").ExitCode);
    }

    private static (int ExitCode, string Output, string Errors) Run(PlayedCommands commands, params string[] arguments) => Run(commands, onNode: false, arguments);

    private static (int ExitCode, string Output, string Errors) Run(PlayedCommands commands, bool onNode, params string[] arguments)
    {
        using StringWriter output = new(), errors = new();
        var root = new RootCommand { InitCommand.Create(commands, onNode), InitCommand.CreateCleanup(commands) };
        var exitCode = root.Parse(arguments).Invoke(new() { Output = output, Error = errors });
        return (exitCode, output.ToString(), errors.ToString());
    }

    // UPDATE_GOLDEN=1 writes them anew, to be read in the diff.
    private static void VerifyGolden(string name, string actual)
    {
        var path = Path.Combine(Source(), "Golden", name);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path, actual);
        Assert.Equal(File.ReadAllText(path), actual);
    }

    private static string Source([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
