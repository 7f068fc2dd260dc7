namespace Mesh.LocalCluster.Node;

/// <summary>What a container said.</summary>
internal sealed class ContainerLog
{
    private readonly Lock _gate = new();
    private readonly List<LogLine> _lines = [];
    private TaskCompletionSource _changed = NewSignal();
    private bool _isComplete;

    public void Add(LogLine line) => Change(() => _lines.Add(line));

    public void Complete() => Change(() => _isComplete = true);

    /// <returns>The lines from an index on, what completes once there are more, and whether there will be none.</returns>
    public (IReadOnlyList<LogLine> Lines, Task More, bool IsComplete) From(int index)
    {
        lock (_gate) return (_lines.GetRange(index, _lines.Count - index), _changed.Task, _isComplete);
    }

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
            _changed.SetResult();
            _changed = NewSignal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
