using Mesh.Cli;

return Meshctl.Run(args, Console.In, Console.Out, Console.Error);
