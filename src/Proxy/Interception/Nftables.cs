using System.Globalization;

namespace Mesh.Proxy.Interception;

/// <summary>nftables, by its program nft.</summary>
internal sealed class Nftables(ICommandRunner commands) : IPacketFilter
{
    private const string Needs = "nf_tables with nat and redirection (modules nft_chain_nat, nft_redir; Linux 5.2 or later)";

    public string? Lack() => commands.Run("nft", ["list", "tables"]) switch
    {
        null => "nft is not installed",
        { Succeeded: false } result when Refusal.IsUnsupported(result) => "the kernel has no nf_tables",
        _ => null,
    };

    public void Install(InterceptionRules rules) => Run(["-f", "-"], NftablesRuleset.Install(rules));

    public void Remove() => Run(["-f", "-"], NftablesRuleset.Remove());

    public bool IsInPlace(InterceptionRules rules)
    {
        // Listing a table that is not there fails, as listing without the right to does.
        if (!Run(["list", "tables"]).Output.Split('\n').Contains($"table {NftablesRuleset.Table}")) return false;
        var table = Run(["list", "table", .. NftablesRuleset.Table.Split(' ')]).Output;
        return new[] { rules.OutboundPort, rules.InboundPort }.All(port =>
            table.Contains(string.Create(CultureInfo.InvariantCulture, $"redirect to :{port}\n"), StringComparison.Ordinal));
    }

    public string Describe(InterceptionRules rules) => NftablesRuleset.Install(rules);

    private CommandResult Run(string[] arguments, string input = "")
    {
        var result = commands.Run("nft", arguments, input) ?? throw new InterceptionException("nft is not installed");
        return result.Succeeded ? result : throw Refusal.Of("nft", result, Needs);
    }
}
