using System.Diagnostics;

namespace Mesh.LocalCluster;

/// <summary>Runs the machine's own programs: ip, nft, mount.</summary>
internal static class Machine
{
    /// <exception cref="InvalidOperationException">It fails.</exception>
    public static Task RunAsync(string program, params IEnumerable<string> arguments) => RunWithInputAsync("", program, arguments);

    /// <exception cref="InvalidOperationException">It fails.</exception>
    public static async Task RunWithInputAsync(string input, string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        if (process.ExitCode == 0) return;
        throw new InvalidOperationException($"{program} {string.Join(' ', start.ArgumentList)}: exit code {process.ExitCode}\n{input}\n{await output}{await errors}");
    }
}
