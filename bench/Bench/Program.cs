using System.CommandLine;
using Mesh.Bench;
using Mesh.Bench.Checking;
using Mesh.Bench.Measuring;
using Mesh.Rig;

var quick = new Option<bool>("--quick") { Description = "Few and short rounds of those suites that tell most: under two minutes for all, with wider spreads." };
var only = new Option<string[]>("--only") { Description = "Only the suites whose name contains one of these.", AllowMultipleArgumentsPerToken = true };
var proxy = new Option<string>("--proxy") { Description = "The program mesh-proxy, published with NativeAOT.", DefaultValueFactory = _ => Path.Combine(Programs.Repository, "artifacts/proxy/mesh-proxy"), Recursive = true };
var baseline = new Option<string?>("--baseline") { Description = "Another mesh-proxy to measure beside it, such as the build before a change." };
var results = new Option<string?>("--results") { Description = "A folder to write the tables to, as Markdown." };
var minutes = new Option<double?>("--minutes") { Description = "How long the steady state is watched: 10 by default where it is asked for by name." };
var command = new RootCommand("Measures the proxy beside HAProxy and nginx: every peer in each round, one after the other.") { quick, only, proxy, baseline, results, minutes };
command.SetAction((parsed, stop) => RunAsync(
    new(parsed.GetValue(quick), parsed.GetValue(only) ?? [], parsed.GetValue(proxy)!, parsed.GetValue(baseline), parsed.GetValue(results), parsed.GetValue(minutes)),
    async options =>
    {
        await new Benchmark(options, Console.Out, TimeProvider.System).RunAsync(stop);
        return true;
    }));

var ratios = new Option<string>("--baseline") { Description = "The file with the ratios.", DefaultValueFactory = _ => Path.Combine(Programs.Repository, "bench/results/baseline.md") };
var update = new Option<bool>("--update") { Description = "Writes that file instead." };
var check = new Command("check", "Fails where the proxy's efficiency beside HAProxy's has fallen by more than a quarter.") { ratios, update };
check.SetAction((parsed, stop) => RunAsync(new(Quick: true, [], parsed.GetValue(proxy)!, Baseline: null, Results: null, Minutes: null), async options =>
{
    var ratioCheck = new RatioCheck(options, parsed.GetValue(ratios)!, Console.Out, TimeProvider.System);
    if (!parsed.GetValue(update)) return await ratioCheck.RunAsync(stop);
    await ratioCheck.UpdateAsync(stop);
    return true;
}));
command.Add(check);
return await command.Parse(args).InvokeAsync();

static async Task<int> RunAsync(BenchOptions options, Func<BenchOptions, Task<bool>> run)
{
    try
    {
        foreach (var program in (string?[])[options.Proxy, options.Baseline])
        {
            if (program is not null && !File.Exists(program)) throw new RigFailedException($"there is no program {program}; `make proxy` publishes it.");
        }
        Cores.KeepOffTheMeasured();
        return await run(options) ? 0 : 1;
    }
    catch (RigFailedException failure)
    {
        await Console.Error.WriteLineAsync($"mesh-bench: {failure.Message}");
        return 1;
    }
}
