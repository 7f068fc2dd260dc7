using System.CommandLine;
using Mesh.Rig;
using Mesh.Scale;

var quick = new Option<bool>("--quick") { Description = "A tenth of the size and short rounds: a minute in all, for a look and not for figures." };
var sizes = new Option<string[]>("--sizes") { Description = "Only these, each as SERVICESxPROXIES, such as 1000x2000.", AllowMultipleArgumentsPerToken = true };
var meshOperator = new Option<string>("--operator") { Description = "The program mesh-operator.", DefaultValueFactory = _ => Programs.Operator };
var results = new Option<string?>("--results") { Description = "A folder to write the tables to, as Markdown." };
var command = new RootCommand("Measures the operator on simulated clusters of several sizes.") { quick, sizes, meshOperator, results };
command.SetAction(async (parsed, stop) =>
{
    try
    {
        var options = ScaleOptions.Of(parsed.GetValue(quick), parsed.GetValue(sizes) ?? [], Path.GetFullPath(parsed.GetValue(meshOperator)!), parsed.GetValue(results));
        return await new ScaleRun(options, Console.Out, TimeProvider.System).RunAsync(stop);
    }
    catch (RigFailedException failure)
    {
        await Console.Error.WriteLineAsync($"mesh-scale: {failure.Message}");
        return 1;
    }
});
return await command.Parse(args).InvokeAsync();
