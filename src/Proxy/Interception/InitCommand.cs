using System.CommandLine;
using static Mesh.Proxy.CommandLine.EnvironmentOptions;

namespace Mesh.Proxy.Interception;

/// <summary><c>mesh-proxy init</c>, and <c>mesh-proxy cleanup</c>, which undoes it.</summary>
internal static class InitCommand
{
    private static readonly Option<PacketFilterChoice> Backend = New<PacketFilterChoice>(
        "--backend", "MESH_BACKEND", "nft, iptables, or auto: nft where it can be used, else iptables.", "auto", ParseBackend);

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Print the rules instead of putting them in place." };

    private static readonly Option<bool> OnNode = new("--on-node") { Description = "Allow it in the node's own network namespace, where it holds for all that runs on the node." };

    /// <param name="commands">Runs the packet filter's programs.</param>
    /// <param name="onNode">Whether this is the node's own network namespace.</param>
    public static Command Create(ICommandRunner commands, bool onNode)
    {
        var init = new Command("init", "Redirect the TCP connections of this network namespace to the proxy. Running it again replaces the rules.") { Backend, DryRun, OnNode };
        foreach (var option in RulesOptions.All) init.Add(option);
        init.SetAction(result => Guarded(result, () => Install(result, commands, onNode)));
        return init;
    }

    public static Command CreateCleanup(ICommandRunner commands)
    {
        var cleanup = new Command("cleanup", "Remove what init put in place, and nothing else.") { Backend };
        cleanup.SetAction(result => Guarded(result, () =>
        {
            foreach (var filter in PacketFilters.Usable(result.GetRequiredValue(Backend), commands)) filter.Remove();
        }));
        return cleanup;
    }

    private static void Install(ParseResult result, ICommandRunner commands, bool onNode)
    {
        var (choice, rules) = (result.GetRequiredValue(Backend), RulesOptions.Read(result));
        if (result.GetValue(DryRun))
        {
            result.InvocationConfiguration.Output.Write(PacketFilters.Preferred(choice, commands).Describe(rules));
            return;
        }
        if (onNode && !result.GetValue(OnNode))
        {
            throw new InterceptionException(
                "this is the node's own network namespace, whose every connection would go to a proxy that is not there; run it in a pod's, or say --on-node");
        }
        PacketFilters.Choose(choice, commands).Install(rules);
    }

    private static int Guarded(ParseResult result, Action action)
    {
        try
        {
            action();
            return 0;
        }
        catch (InterceptionException refused)
        {
            result.InvocationConfiguration.Error.WriteLine($"mesh-proxy {result.CommandResult.Command.Name}: {refused.Message}");
            return 1;
        }
    }

    private static string? ParseBackend(string text, out PacketFilterChoice value)
    {
        (value, var expected) = text switch
        {
            "auto" => (PacketFilterChoice.Auto, null),
            "nft" => (PacketFilterChoice.Nftables, null),
            "iptables" => (PacketFilterChoice.Iptables, null),
            _ => (PacketFilterChoice.Auto, "auto, nft or iptables"),
        };
        return expected;
    }
}
