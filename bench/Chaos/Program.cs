using System.CommandLine;
using Mesh.Chaos;
using Mesh.Rig;

var quick = new Option<bool>("--quick") { Description = "Failures last half as long." };
var rows = new Option<string[]>("--rows") { Description = "Only the rows whose name contains one of these.", AllowMultipleArgumentsPerToken = true };
var meshOperator = new Option<string>("--operator") { Description = "The program mesh-operator.", DefaultValueFactory = _ => Programs.Operator };
var proxy = new Option<string>("--proxy") { Description = "The program mesh-proxy, published with NativeAOT.", DefaultValueFactory = _ => Path.Combine(Programs.Repository, "artifacts/proxy/mesh-proxy") };
var results = new Option<string?>("--results") { Description = "A folder to write the table to, as Markdown." };
var command = new RootCommand("Breaks a service in many ways, with and without the mesh, and shows what its users saw.") { quick, rows, meshOperator, proxy, results };
command.SetAction(async (parsed, stop) =>
{
    var options = new ChaosOptions(parsed.GetValue(quick), parsed.GetValue(rows) ?? [],
        Path.GetFullPath(parsed.GetValue(meshOperator)!), Path.GetFullPath(parsed.GetValue(proxy)!),
        Path.Combine(Programs.Repository, "samples/chaos"), Path.Combine(Programs.Repository, "artifacts/chaos"), parsed.GetValue(results));
    try
    {
        return await new ChaosRun(options, Console.Out, TimeProvider.System).RunAsync(stop);
    }
    catch (RigFailedException failure)
    {
        await Console.Error.WriteLineAsync($"mesh-chaos: {failure.Message}");
        return 1;
    }
});
return await command.Parse(args).InvokeAsync();
