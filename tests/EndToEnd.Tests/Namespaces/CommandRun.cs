using System.Diagnostics;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>What a program came to.</summary>
/// <param name="Command">The program and its arguments.</param>
/// <param name="ExitCode">0 mostly means success.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
internal sealed record CommandRun(string Command, int ExitCode, string Output, string Errors)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Runs a program to its end, at most a minute.</summary>
    public static async Task<CommandRun> InAsync(NetworkNamespace @namespace, string? input, params string[] command)
    {
        // The limit is the program's own end, so that nothing is left running.
        var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", "--", .. command])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        using var process = await @namespace.StartAsync(start);
        using var patience = new CancellationTokenSource(Patience);
        patience.Token.Register(() => process.Kill(entireProcessTree: true));
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await WriteAsync(process, input ?? "");
        await process.WaitForExitAsync(CancellationToken.None);
        return new(string.Join(' ', command), process.ExitCode, await output, await errors);
    }

    /// <summary>Its output, where it succeeded.</summary>
    public string Succeeded()
    {
        Assert.True(ExitCode == 0, ToString());
        return Output;
    }

    public override string ToString() => $"{Command}\nexit code {ExitCode}\n{Output}\n{Errors}";

    private static async Task WriteAsync(Process process, string input)
    {
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading: its exit code says how that went.
        }
    }
}
