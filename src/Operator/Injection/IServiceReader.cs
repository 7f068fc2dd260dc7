using Mesh.Operator.State;

namespace Mesh.Operator.Injection;

/// <summary>Which services there are.</summary>
internal interface IServiceReader
{
    ValueTask<bool> ExistsAsync(NamespacedName name, CancellationToken cancellationToken);
}
