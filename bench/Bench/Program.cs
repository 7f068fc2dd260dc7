using System.CommandLine;
using Mesh.Bench;
using Mesh.Rig;

var quick = new Option<bool>("--quick") { Description = "Short rounds: under two minutes for all, with wider spreads." };
var only = new Option<string[]>("--only") { Description = "Only the suites whose name contains one of these.", AllowMultipleArgumentsPerToken = true };
var proxy = new Option<string>("--proxy") { Description = "The program mesh-proxy, published with NativeAOT.", DefaultValueFactory = _ => Path.Combine(Programs.Repository, "artifacts/proxy/mesh-proxy") };
var baseline = new Option<string?>("--baseline") { Description = "Another mesh-proxy to measure beside it, such as the build before a change." };
var results = new Option<string?>("--results") { Description = "A folder to write the tables to, as Markdown." };
var command = new RootCommand("Measures the proxy beside HAProxy and nginx: every peer in each round, one after the other.") { quick, only, proxy, baseline, results };
command.SetAction(async (parsed, stop) =>
{
    var options = new BenchOptions(parsed.GetValue(quick), parsed.GetValue(only) ?? [], parsed.GetValue(proxy)!, parsed.GetValue(baseline), parsed.GetValue(results));
    try
    {
        return await new Benchmark(options, Console.Out, TimeProvider.System).RunAsync(stop);
    }
    catch (RigFailedException failure)
    {
        await Console.Error.WriteLineAsync($"mesh-bench: {failure.Message}");
        return 1;
    }
});
return await command.Parse(args).InvokeAsync();
