using System.CommandLine;
using System.Runtime.InteropServices;
using Mesh.Rig;
using Shop.Demo;
using Shop.Demo.Screen;
using Shop.Demo.Story;
using Spectre.Console;

var seconds = new Option<double?>("--seconds")
{
    Description = $"Ends after so many seconds, at least {Timeline.ShortestCycle.TotalSeconds:0}. Default: DEMO_SECONDS, or never.",
    DefaultValueFactory = _ => double.TryParse(Environment.GetEnvironmentVariable("DEMO_SECONDS"), out var value) ? value : null,
};
var rate = new Option<int>("--rate") { Description = "Requests a second to each shop.", DefaultValueFactory = _ => 100 };
var meshOperator = new Option<string>("--operator") { Description = "The program mesh-operator.", DefaultValueFactory = _ => Programs.Operator };
var proxy = new Option<string>("--proxy") { Description = "The program mesh-proxy.", DefaultValueFactory = _ => Programs.Proxy };

var command = new RootCommand("The shop without and with the mesh, side by side.") { seconds, rate, meshOperator, proxy };
command.SetAction(async (arguments, _) =>
{
    if (arguments.GetValue(seconds) < Timeline.ShortestCycle.TotalSeconds)
    {
        await Console.Error.WriteLineAsync($"--seconds: found {arguments.GetValue(seconds)}, expected at least {Timeline.ShortestCycle.TotalSeconds:0}");
        return 2;
    }
    var options = new DemoOptions(
        arguments.GetValue(seconds) is { } length ? TimeSpan.FromSeconds(length) : null,
        arguments.GetValue(rate),
        Path.GetFullPath(arguments.GetValue(meshOperator)!),
        Path.GetFullPath(arguments.GetValue(proxy)!),
        Path.Combine(Programs.Repository, "samples/shop/mesh"),
        Path.Combine(Programs.Repository, "artifacts/demo"));

    using var stop = new CancellationTokenSource();
    using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
    using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
    IScreen screen = AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected
        ? new LiveScreen(AnsiConsole.Console, TimeProvider.System)
        : new PlainScreen(Console.Out, TimeProvider.System);
    return await new Demonstration(options, screen, AnsiConsole.Console, Console.Out, TimeProvider.System).RunAsync(stop.Token);

    // The first ends the run in good order; a second is left to the runtime, which ends this program, and the kernel its children.
    void Stop(PosixSignalContext signal)
    {
        signal.Cancel = !stop.IsCancellationRequested;
        stop.Cancel();
    }
});
return await command.Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = null });
