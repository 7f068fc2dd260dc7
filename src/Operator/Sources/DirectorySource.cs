using System.Threading.Channels;
using Mesh.Operator.State;

namespace Mesh.Operator.Sources;

/// <summary>
/// Folders of YAML as a source. What the file system reports is taken as a hint to look again, and a look at every file's time of
/// change is taken regularly without one: both lead through the same scan.
/// </summary>
internal sealed partial class DirectorySource(
    ManifestFolders folders, IResourceSink sink, ManifestErrors errors, TimeProvider time, ILogger<DirectorySource> logger) : BackgroundLoop
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(500);

    // Editors write a file in several steps that are milliseconds apart.
    private static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(50);

    private readonly Channel<bool> _hints = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ManifestInventory _inventory = new();

    protected override async Task RunAsync(CancellationToken stoppingToken)
    {
        // Watching begins before the first scan, so that nothing falls between the two.
        var watchers = folders.Folders.Select(Watch).ToList();
        try
        {
            Publish();
            for (var hinted = true; !stoppingToken.IsCancellationRequested; hinted = await WaitAsync(stoppingToken))
            {
                if (folders.Scan(readAll: hinted)) Publish();
            }
        }
        finally
        {
            foreach (var watcher in watchers) watcher?.Dispose();
        }
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var folder in folders.Folders)
        {
            if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"There is no folder '{folder}' to read manifests from.");
        }
        folders.Scan(readAll: true);
        return base.StartAsync(cancellationToken);
    }

    private void Publish()
    {
        var (changes, found) = _inventory.Update(folders.Files);
        if (changes.Count > 0) sink.Post(changes);
        errors.Replace([.. folders.FolderErrors, .. found]);
        if (changes.Count > 0) LogChanged(changes.Count);
    }

    /// <returns>True where something was reported; false where it is merely time to look.</returns>
    private async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        using var poll = new CancellationTokenSource(folders.IsUnsettled ? Debounce * 2 : PollInterval, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(poll.Token, cancellationToken);
        try
        {
            await _hints.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        await Task.Delay(Debounce, time, cancellationToken);
        _hints.Reader.TryRead(out _);
        return true;
    }

    private FileSystemWatcher? Watch(string folder)
    {
        try
        {
            var watcher = new FileSystemWatcher(folder) { IncludeSubdirectories = true };
            watcher.Changed += Hint;
            watcher.Created += Hint;
            watcher.Deleted += Hint;
            watcher.Renamed += Hint;
            watcher.Error += Hint;
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception exception) when (exception is IOException or ArgumentException)
        {
            LogNotWatching(folder, exception.Message);
            return null;
        }

        void Hint(object sender, EventArgs args) => _hints.Writer.TryWrite(true);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Manifests changed, {Changes} objects or kinds")]
    private partial void LogChanged(int changes);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Folder} can't be watched and is looked at twice a second instead: {Reason}")]
    private partial void LogNotWatching(string folder, string reason);
}
