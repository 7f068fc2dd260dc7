using System.Diagnostics;
using Mesh.LocalCluster;
using Mesh.LocalCluster.Node;

// usage: Mesh.LocalCluster FOLDER [--image REPOSITORY[:TAG]=PROGRAM]... -- COMMAND...
// Runs a cluster on this machine, and in it a command, with KUBECONFIG set; ends with its exit code. It expects network, mount and process
// namespaces of its own and an empty FOLDER, as eng/e2e-local.sh gives it: all that it starts ends with them.
var folder = Path.GetFullPath(args[0]);
var command = args.SkipWhile(argument => argument != "--").Skip(1).ToList();
var images = args.TakeWhile(argument => argument != "--")
    .Zip(args.Skip(1), (option, value) => (option, value))
    .Where(pair => pair.option is "--image")
    .Select(pair => pair.value.Split('=', 2))
    .ToDictionary(pair => pair[0], pair => Image.Of(pair[1]), StringComparer.Ordinal);

await Machine.RunAsync("mount", "-t", "tmpfs", "-o", "mode=755", "local-cluster", folder);
using var stop = new CancellationTokenSource();
var ready = new TaskCompletionSource<string>();
var running = new Cluster(new(images), folder).RunAsync(ready.SetResult, stop.Token);
if (await Task.WhenAny(running, ready.Task) == running) await running;

var start = new ProcessStartInfo(command[0], command.Skip(1));
start.Environment["KUBECONFIG"] = await ready.Task;
using var process = Process.Start(start)!;
var ended = process.WaitForExitAsync();
// A cluster that breaks says why.
if (await Task.WhenAny(running, ended) == running) await running;
return process.ExitCode;
