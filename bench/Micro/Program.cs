using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using BenchmarkDotNet.Validators;
using Mesh.Micro;
using Perfolizer.Horology;

// usage: mesh-micro                          all, by themselves, with BenchmarkDotNet's own report
//        mesh-micro --table FOLDER           short, and told as lines of tab-separated figures for mesh-bench; working files in FOLDER
//        mesh-micro OPTIONS OF BENCHMARKDOTNET
var table = args is ["--table", _];
var config = ManualConfig.CreateEmpty()
    // In this process: nothing is compiled, and what is measured is what was built.
    .AddJob((table ? Job.ShortRun.WithIterationTime(TimeInterval.FromMilliseconds(100)) : Job.Default).WithToolchain(InProcessEmitToolchain.Instance))
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddColumnProvider(DefaultColumnProviders.Instance)
    .AddValidator(JitOptimizationsValidator.FailOnError)
    .AddLogger(table ? NullLogger.Instance : ConsoleLogger.Default);
if (!table)
{
    BenchmarkSwitcher.FromAssembly(typeof(FigureLines).Assembly).Run(args.Length > 0 ? args : ["--filter", "*"], config.AddExporter(MarkdownExporter.GitHub));
    return 0;
}
var summaries = BenchmarkSwitcher.FromAssembly(typeof(FigureLines).Assembly).Run(["--filter", "*"], config.WithArtifactsPath(args[1]));
foreach (var line in summaries.SelectMany(FigureLines.Of)) Console.WriteLine(line);
return summaries.Any(summary => summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) ? 1 : 0;
