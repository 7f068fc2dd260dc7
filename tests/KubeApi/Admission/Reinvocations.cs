namespace Mesh.KubeApi.Admission;

/// <summary>Which webhooks are due once more, since one after them has changed the object.</summary>
internal sealed class Reinvocations
{
    private readonly HashSet<string> _invoked = [];
    private readonly HashSet<string> _due = [];

    public bool AreDue => _due.Count > 0;

    public bool AreDueOf(Webhook webhook) => _due.Contains(webhook.Place);

    /// <summary>A webhook has answered.</summary>
    public void Invoked(Webhook webhook)
    {
        if (webhook.IsReinvocable) _invoked.Add(webhook.Place);
    }

    /// <summary>The object has changed: whoever has answered so far hasn't seen it.</summary>
    public void Require()
    {
        _due.UnionWith(_invoked);
        _invoked.Clear();
    }
}
