using Mesh.Api.Resources;
using Mesh.Cli;

MeshJson.Register();

// https://no-color.org
var colours = !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") != "dumb";
return Meshctl.Run(args, Console.In, Console.Out, Console.Error, new() { Colours = colours });
