using System.Net.Sockets;

namespace Mesh.Proxy.Interception;

/// <summary>iptables, for hosts that have no nftables.</summary>
internal sealed class Iptables(ICommandRunner commands) : IPacketFilter
{
    private const string Needs = "a nat table with redirection and matching by owner (modules iptable_nat, xt_REDIRECT, xt_owner)";

    private static readonly (AddressFamily Family, string Program)[] Families =
        [(AddressFamily.InterNetwork, "iptables"), .. Socket.OSSupportsIPv6 ? [(AddressFamily.InterNetworkV6, "ip6tables")] : Array.Empty<(AddressFamily, string)>()];

    public string? Lack() => commands.Run("iptables-restore", ["--version"]) is null ? "iptables is not installed" : null;

    public void Install(InterceptionRules rules)
    {
        foreach (var (family, program) in Families) Restore(program, IptablesRuleset.Install(rules, family, Save(program)));
    }

    public void Remove()
    {
        foreach (var (_, program) in Families)
        {
            if (IptablesRuleset.Remove(Save(program)) is { } ruleset) Restore(program, ruleset);
        }
    }

    public bool IsInPlace(InterceptionRules rules) => Families.All(family => IptablesRuleset.IsInPlace(rules, Save(family.Program)));

    public string Describe(InterceptionRules rules) => string.Concat(
        Families.Select(family => $"# {family.Program}-restore --noflush\n{IptablesRuleset.Install(rules, family.Family, saved: "")}"));

    private string Save(string program) => Run($"{program}-save", ["-t", "nat"]).Output;

    // Others may hold the lock of iptables for a moment: wait for at most ten seconds.
    private void Restore(string program, string ruleset) => Run($"{program}-restore", ["--noflush", "--wait=10"], ruleset);

    private CommandResult Run(string program, string[] arguments, string input = "")
    {
        var result = commands.Run(program, arguments, input) ?? throw new InterceptionException($"{program} is not installed");
        return result.Succeeded ? result : throw Refusal.Of(program, result, Needs);
    }
}
