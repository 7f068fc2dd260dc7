using Mesh.Operator.Hosting;

// The host ends by itself on SIGTERM and SIGINT.
return await OperatorCommand.Create().Parse(args).InvokeAsync(new() { ProcessTerminationTimeout = null });
