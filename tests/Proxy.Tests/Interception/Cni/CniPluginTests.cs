using System.Text.Json.Nodes;
using Mesh.Proxy.Interception.Cni;

namespace Mesh.Proxy.Tests.Interception.Cni;

/// <summary>What the plugin answers a container runtime, by the CNI specification.</summary>
public sealed class CniPluginTests
{
    private const string Previous = """{"cniVersion":"1.0.0","interfaces":[{"name":"eth0"}],"ips":[{"address":"10.244.0.7/24"}]}""";

    private const string Injected = """
        {"metadata": {"uid": "u1", "annotations": {"mesh.io/skip-inbound-ports": "9090"}},
         "spec": {"initContainers": [{"name": "mesh-verify"}, {"name": "mesh-proxy", "securityContext": {"runAsUser": 2102}}], "containers": [{"name": "app"}]}}
        """;

    private readonly PlayedCommands _commands = new PlayedCommands().With("nft");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Version_NamesWhatIsSpoken()
    {
        var (exitCode, answer) = await RunAsync(new PlayedPods(), "VERSION", """{"cniVersion":"1.0.0"}""");

        Assert.Equal(0, exitCode);
        Assert.Equal("""{"cniVersion":"1.0.0","supportedVersions":["0.3.1","0.4.0","1.0.0","1.1.0"]}""", answer);
    }

    [Fact]
    public async Task Add_RedirectsAnInjectedPod_AndPassesTheResultOn()
    {
        var (exitCode, answer) = await RunAsync(new PlayedPods(Pod(Injected)), "ADD", Configuration());

        Assert.Equal((0, Previous), (exitCode, answer));
        Assert.Equal(["nft list tables", "nft -f -"], _commands.Ran);
    }

    [Theory]
    [InlineData("""{"spec": {"containers": [{"name": "app"}]}}""")]
    [InlineData("""{"spec": {"initContainers": [{"name": "mesh-init"}, {"name": "mesh-proxy"}], "containers": [{"name": "app"}]}}""")]
    [InlineData("""{"spec": {"initContainers": [{"name": "mesh-verify"}], "containers": [{"name": "app"}]}}""")]
    [InlineData(null)]
    public async Task Add_LeavesAPodAloneThatDoesNotRelyOnThePlugin(string? pod)
    {
        var (exitCode, answer) = await RunAsync(new PlayedPods(pod is null ? null : Pod(pod)), "ADD", Configuration());

        Assert.Equal((0, Previous), (exitCode, answer));
        Assert.Empty(_commands.Ran);
    }

    [Theory]
    [InlineData("CNI_ARGS", null)]
    [InlineData("CNI_ARGS", "IgnoreUnknown=1;K8S_POD_NAMESPACE=kube-system;K8S_POD_NAME=coredns")]
    public async Task Add_DoesNotAskForPodsThatCannotBeMeant(string variable, string? value)
    {
        var pods = new PlayedPods(reachable: false);

        var (exitCode, answer) = await RunAsync(pods, "ADD", Configuration(), (variable, value));

        Assert.Equal((0, Previous), (exitCode, answer));
        Assert.Empty(pods.Asked);
    }

    [Theory]
    [InlineData("CNI_NETNS", null, 4, "CNI_NETNS is not set, and ADD needs it")]
    [InlineData("CNI_NETNS", "/run/netns/gone", 4, "pod shop/catalog: CNI_NETNS: found /run/netns/gone, which does not exist")]
    [InlineData("CNI_COMMAND", "MOVE", 4, "CNI_COMMAND: found MOVE, expected ADD, DEL, CHECK, GC, STATUS or VERSION")]
    [InlineData("CNI_COMMAND", null, 4, "CNI_COMMAND is not set")]
    [InlineData("CNI_ARGS", "K8S_POD_NAMESPACE=shop;K8S_POD_NAME=catalog;K8S_POD_UID=u2", 11, "pod shop/catalog: found uid u1, expected u2")]
    public async Task Environment_IsChecked(string variable, string? value, int code, string message)
    {
        var (exitCode, answer) = await RunAsync(new PlayedPods(Pod(Injected)), "ADD", Configuration(), (variable, value));

        AssertError(exitCode, answer, code, message);
    }

    [Theory]
    [InlineData("nonsense", 6, "the configuration is no JSON")]
    [InlineData("[]", 6, "the configuration is no JSON object")]
    [InlineData("""{"cniVersion":"2.0.0"}""", 1, "cniVersion: found \"2.0.0\", expected one of 0.3.1, 0.4.0, 1.0.0, 1.1.0")]
    [InlineData("""{}""", 1, "cniVersion: found \"0.1.0\", expected one of 0.3.1, 0.4.0, 1.0.0, 1.1.0")]
    [InlineData("""{"cniVersion":"1.0.0"}""", 7, "prevResult is missing: this plugin is chained after one that makes the pod's interface")]
    [InlineData("""{"cniVersion":"1.0.0","prevResult":{}}""", 7, "kubernetes: expected an object with server, certificateAuthority and token")]
    [InlineData("""{"cniVersion":"1.0.0","prevResult":{},"kubernetes":{"server":"no","token":"t"}}""", 7, "kubernetes.server: expected an address such as https://10.96.0.1:443")]
    public async Task Configuration_IsChecked(string configuration, int code, string message)
    {
        var (exitCode, answer) = await RunAsync(new PlayedPods(Pod(Injected)), "ADD", configuration);

        AssertError(exitCode, answer, code, message);
    }

    [Fact]
    public async Task FieldOfAnotherType_IsAnErrorAndNoCrash()
    {
        var (exitCode, answer) = await RunAsync(new PlayedPods(), "ADD", """{"cniVersion":1}""");

        Assert.Equal((1, 7), (exitCode, (int)JsonNode.Parse(answer)!["code"]!));
    }

    [Fact]
    public async Task ApiServerOutOfReach_IsTriedAgainLater()
    {
        var (exitCode, answer) = await RunAsync(new PlayedPods(reachable: false), "ADD", Configuration());

        AssertError(exitCode, answer, 11, "no answer");
    }

    [Fact]
    public async Task AnnotationThatCannotBeRead_IsNamed()
    {
        var (exitCode, answer) = await RunAsync(new PlayedPods(Pod(Injected.Replace("9090", "http", StringComparison.Ordinal))), "ADD", Configuration());

        AssertError(exitCode, answer, 101, "annotation mesh.io/skip-inbound-ports on the pod: found \"http\", expected a port such as 8080 or a range such as 9000-9100, from 1 to 65535");
    }

    [Fact]
    public async Task RulesThatCannotBeWritten_StopThePod()
    {
        _commands.With("nft", exitCode: 1, errors: "Operation not permitted");

        var (exitCode, answer) = await RunAsync(new PlayedPods(Pod(Injected)), "ADD", Configuration());

        Assert.Equal((1, 100), (exitCode, (int)JsonNode.Parse(answer)!["code"]!));
    }

    [Fact]
    public async Task Check_FailsWhereTheRulesAreGone()
    {
        var (exitCode, answer) = await RunAsync(new PlayedPods(Pod(Injected)), "CHECK", Configuration());
        AssertError(exitCode, answer, 100, "pod shop/catalog: the rules that redirect its connections are not there");

        _commands.With("nft", output: "table inet mesh\n redirect to :15001\n redirect to :15006\n");
        Assert.Equal((0, ""), await RunAsync(new PlayedPods(Pod(Injected)), "CHECK", Configuration()));
    }

    [Theory]
    [InlineData(PlayedNamespaces.Path, new[] { "nft list tables", "nft -f -" })]
    [InlineData("/run/netns/gone", new string[0])]
    [InlineData(null, new string[0])]
    public async Task Del_RemovesWhatIsThere_AndAsksNobody(string? path, string[] ran)
    {
        var pods = new PlayedPods(reachable: false);

        Assert.Equal((0, ""), await RunAsync(pods, "DEL", """{"cniVersion":"1.0.0"}""", ("CNI_NETNS", path)));

        Assert.Equal(ran, _commands.Ran);
        Assert.Empty(pods.Asked);
    }

    [Fact]
    public async Task Del_Succeeds_WhateverTheKernelSays()
    {
        _commands.With("nft", exitCode: 1, errors: "Operation not permitted");

        Assert.Equal((0, ""), await RunAsync(new PlayedPods(), "DEL", """{"cniVersion":"1.0.0"}"""));
    }

    [Fact]
    public async Task Gc_HasNothingToCollect() =>
        Assert.Equal((0, ""), await RunAsync(new PlayedPods(), "GC", """{"cniVersion":"1.1.0","cni.dev/valid-attachments":[]}"""));

    [Theory]
    [InlineData(true, true, 0)]
    [InlineData(false, true, 50)]
    [InlineData(true, false, 50)]
    public async Task Status_SaysWhetherPodsCanBeServed(bool apiServer, bool nft, int code)
    {
        var plugin = new CniPlugin(new PlayedPods(reachable: apiServer), new PlayedNamespaces(), nft ? _commands : new PlayedCommands());

        var (exitCode, answer) = await RunAsync(plugin, "STATUS", Configuration("1.1.0"));

        Assert.Equal(code is 0 ? 0 : 1, exitCode);
        Assert.Equal(code, answer.Length == 0 ? 0 : (int)JsonNode.Parse(answer)!["code"]!);
    }

    private Task<(int, string)> RunAsync(PlayedPods pods, string command, string configuration, params (string Name, string? Value)[] variables) =>
        RunAsync(new CniPlugin(pods, new PlayedNamespaces(), _commands), command, configuration, variables);

    private static async Task<(int ExitCode, string Answer)> RunAsync(
        CniPlugin plugin, string command, string configuration, params (string Name, string? Value)[] variables)
    {
        var environment = new Dictionary<string, string?>
        {
            ["CNI_COMMAND"] = command,
            ["CNI_CONTAINERID"] = "c1",
            ["CNI_IFNAME"] = "eth0",
            ["CNI_NETNS"] = PlayedNamespaces.Path,
            ["CNI_ARGS"] = "IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=catalog;K8S_POD_UID=u1",
        };
        foreach (var (name, value) in variables) environment[name] = value;
        using var output = new StringWriter();
        var exitCode = await CniCommand.RunAsync(plugin, name => environment.GetValueOrDefault(name), new StringReader(configuration), output, Cancellation);
        return (exitCode, output.ToString().TrimEnd());
    }

    private static string Configuration(string version = "1.0.0") => $$"""
        {"cniVersion":"{{version}}","name":"k8s","type":"mesh-cni","prevResult":{{Previous}},
         "kubernetes":{"server":"https://10.96.0.1:443","certificateAuthority":"/ca","token":"/token"},"excludedNamespaces":["kube-system"]}
        """;

    private static JsonObject Pod(string json) => (JsonObject)JsonNode.Parse(json)!;

    private static void AssertError(int exitCode, string answer, int code, string message)
    {
        var error = JsonNode.Parse(answer)!;
        Assert.Equal((1, code, message), (exitCode, (int)error["code"]!, (string)error["msg"]!));
        Assert.Contains((string)error["cniVersion"]!, CniRequest.Versions);
    }
}
