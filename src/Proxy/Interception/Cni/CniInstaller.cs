namespace Mesh.Proxy.Interception.Cni;

/// <summary>
/// Puts the plugin on the node and keeps it there: others write the network configuration too, and the token changes every hour. Every
/// file is replaced by renaming, so that the runtime never reads half of one.
/// </summary>
internal sealed partial class CniInstaller(HostFolders folders, string program, Uri server, IReadOnlyList<string> excludedNamespaces, TimeProvider time, ILogger logger)
{
    /// <summary>Bounds how long a pod can start without the plugin after another program has rewritten the configuration.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private const string Token = "token", CertificateAuthority = "ca.crt";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Everyone = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Everyone | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private bool _programIsCurrent;
    private string? _lastProblem;

    /// <summary>Installs, watches over it until told to stop, and then removes it.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            using var timer = new PeriodicTimer(Interval, time);
            do Ensure();
            while (await timer.WaitForNextTickAsync(stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        finally
        {
            Remove();
        }
    }

    /// <summary>Puts in place what is missing or old.</summary>
    public void Ensure()
    {
        try
        {
            // What the configuration speaks of is there before it speaks of it.
            if (!_programIsCurrent || !File.Exists(folders.Program)) Copy(program, folders.Program, Executable);
            _programIsCurrent = true;
            Directory.CreateDirectory(folders.CredentialsFolder);
            foreach (var file in new[] { Token, CertificateAuthority })
                Copy(Path.Combine(folders.ServiceAccount, file), Path.Combine(folders.CredentialsFolder, file), OwnerOnly);
            Chain();
            _lastProblem = null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InterceptionException)
        {
            Report(failure.Message);
        }
    }

    /// <summary>Whether the plugin is on the node and in the configuration that the runtime goes by.</summary>
    public static bool IsInPlace(HostFolders folders)
    {
        try
        {
            return File.Exists(folders.Program)
                && NetworkConfiguration.FileInForce(Names(folders)) is { } name
                && NetworkConfiguration.Has(name, File.ReadAllText(Path.Combine(folders.Configurations, name)));
        }
        catch (Exception failure) when (failure is IOException or InterceptionException)
        {
            return false;
        }
    }

    /// <summary>Takes the plugin out of the configuration, then off the node: no pod is started by a plugin that is gone.</summary>
    public void Remove()
    {
        try
        {
            foreach (var path in Directory.EnumerateFiles(folders.Configurations))
            {
                if (Path.GetExtension(path) is ".conflist" && NetworkConfiguration.Without(path, File.ReadAllText(path)) is { } text) Replace(path, text);
            }
            File.Delete(folders.Program);
            if (Directory.Exists(folders.CredentialsFolder)) Directory.Delete(folders.CredentialsFolder, recursive: true);
            LogRemoved(folders.Configurations);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InterceptionException)
        {
            LogNotRemoved(failure.Message);
        }
    }

    private void Chain()
    {
        if (NetworkConfiguration.FileInForce(Names(folders)) is not { } name)
        {
            Report($"{folders.ConfigurationsOnHost} has no network configuration yet: the plugin is chained once the cluster's own is there");
            return;
        }
        var path = Path.Combine(folders.Configurations, name);
        var text = File.ReadAllText(path);
        var entry = new CniSettings(server, folders.OnHost(CertificateAuthority), folders.OnHost(Token), excludedNamespaces).ToJson();
        var (newName, newText) = NetworkConfiguration.With(name, text, entry);
        if (newName == name && newText == text) return;
        Replace(Path.Combine(folders.Configurations, newName), newText);
        if (newName != name) File.Delete(path);
        LogChained(newName);
    }

    private static IEnumerable<string> Names(HostFolders folders) => Directory.EnumerateFiles(folders.Configurations).Select(path => Path.GetFileName(path));

    private static void Copy(string source, string target, UnixFileMode mode)
    {
        if (File.Exists(target) && Same(source, target)) return;
        var draft = Draft(target);
        File.Copy(source, draft, overwrite: true);
        File.SetUnixFileMode(draft, mode);
        File.Move(draft, target, overwrite: true);
    }

    private static bool Same(string source, string target) =>
        new FileInfo(source).Length == new FileInfo(target).Length && File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(target));

    private static void Replace(string path, string text)
    {
        var draft = Draft(path);
        File.WriteAllText(draft, text);
        // Whoever could read the file before still can.
        File.SetUnixFileMode(draft, File.Exists(path) ? File.GetUnixFileMode(path) : Everyone);
        File.Move(draft, path, overwrite: true);
    }

    // In the same folder, since a rename stays within a file system; the runtime goes by extensions that this has not.
    private static string Draft(string path) => path + ".mesh-new";

    private void Report(string problem)
    {
        if (problem == _lastProblem) return;
        _lastProblem = problem;
        LogProblem(problem);
    }

    [LoggerMessage(LogLevel.Information, "The plugin is chained in {File}.")]
    private partial void LogChained(string file);

    [LoggerMessage(LogLevel.Information, "The plugin is removed from {Folder}.")]
    private partial void LogRemoved(string folder);

    [LoggerMessage(LogLevel.Warning, "The plugin is not in place: {Problem}")]
    private partial void LogProblem(string problem);

    [LoggerMessage(LogLevel.Error, "The plugin could not be removed: {Problem}")]
    private partial void LogNotRemoved(string problem);
}
