using Mesh.Operator.Compilation;
using Mesh.Operator.Status;

namespace Mesh.Operator.Tests.Discovery;

/// <summary>Keeps the newest status of each policy, and waits for one to say something.</summary>
internal sealed class RecordedStatuses : IStatusWriter
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ResourceStatus> _statuses = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ValueTask WriteAsync(StatusReport report, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            foreach (var status in report.Statuses) _statuses[status.Name.ToString()] = status;
            foreach (var (_, name) in report.Removed) _statuses.Remove(name.ToString());
            _changed.SetResult();
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        return ValueTask.CompletedTask;
    }

    public async Task<Condition> WaitForAsync(string policy, string type, Predicate<Condition> expected)
    {
        Condition? last = null;
        try
        {
            while (true)
            {
                Task changed;
                lock (_gate)
                {
                    last = _statuses.GetValueOrDefault(policy)?.Conditions.FirstOrDefault(c => c.Type == type);
                    changed = _changed.Task;
                }
                if (last is not null && expected(last)) return last;
                await changed.WaitAsync(TestProxy.Patience, TestContext.Current.CancellationToken);
            }
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{type} of {policy} stayed {last?.ToString() ?? "unsaid"}");
        }
    }
}
