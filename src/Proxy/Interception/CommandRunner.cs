using System.Diagnostics;

namespace Mesh.Proxy.Interception;

/// <summary>
/// Runs programs as children of the calling thread, and so in its network namespace; hence nothing here is asynchronous.
/// </summary>
internal sealed class CommandRunner : ICommandRunner
{
    // A container runtime starts CNI plugins with whatever PATH it has itself, which often lacks the sbin folders.
    private static readonly string[] SystemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];

    public CommandResult? Run(string program, IReadOnlyList<string> arguments, string input = "")
    {
        if (Find(program) is not { } path) return null;
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        // Error messages are read, see KernelRefusal.
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        Write(process, input);
        process.WaitForExit();
        return new(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    // A program that refuses before it has read everything says why on its standard error.
    private static void Write(Process process, string input)
    {
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
        }
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(SystemFolders).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
