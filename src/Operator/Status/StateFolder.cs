namespace Mesh.Operator.Status;

/// <summary>
/// The folder that a standalone operator writes to. A reader never sees half a file. What can't be written is tried again, in its
/// newest form, with growing waits.
/// </summary>
internal sealed partial class StateFolder : IDisposable
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly ILogger<StateFolder> _logger;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string?> _due = new(StringComparer.Ordinal);
    private readonly BackOff _backOff = new(FirstWait, LongestWait, Random.Shared);
    private readonly ITimer _retry;

    public StateFolder(string path, TimeProvider time, ILogger<StateFolder> logger)
    {
        (Path, _logger) = (path, logger);
        _retry = time.CreateTimer(_ => Retry(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public string Path { get; }

    /// <summary>Writes a file whole, now or as soon as that is possible.</summary>
    /// <param name="file">Its path below the folder.</param>
    /// <param name="text">What it says from now on.</param>
    public void Write(string file, string text) => Put(file, text);

    /// <summary>Deletes a file, now or as soon as that is possible.</summary>
    public void Delete(string file) => Put(file, null);

    public void Dispose() => _retry.Dispose();

    private void Put(string file, string? text)
    {
        lock (_gate)
        {
            var waiting = _due.Count > 0;
            if (TryPut(file, text)) _due.Remove(file);
            else _due[file] = text;
            if (_due.Count > 0 && !waiting) RetryLater();
        }
    }

    private void Retry()
    {
        lock (_gate)
        {
            foreach (var (file, text) in _due.ToList())
            {
                if (TryPut(file, text)) _due.Remove(file);
            }
            if (_due.Count > 0) RetryLater();
            else _backOff.Reset();
        }
    }

    private void RetryLater() => _retry.Change(_backOff.Next(), Timeout.InfiniteTimeSpan);

    private bool TryPut(string file, string? text)
    {
        try
        {
            var target = System.IO.Path.Combine(Path, file);
            if (text is null) File.Delete(target);
            else Replace(target, text);
            return true;
        }
        catch (DirectoryNotFoundException) when (text is null)
        {
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogFailed(file, Path, exception.Message);
            return false;
        }
    }

    private static void Replace(string target, string text)
    {
        var folder = System.IO.Path.GetDirectoryName(target)!;
        Directory.CreateDirectory(folder);
        var unfinished = System.IO.Path.Combine(folder, $".{System.IO.Path.GetFileName(target)}.new");
        File.WriteAllText(unfinished, text);
        File.Move(unfinished, target, overwrite: true);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} can't be written to {Folder}; trying again: {Reason}")]
    private partial void LogFailed(string file, string folder, string reason);
}
