using System.Globalization;
using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>What proxies call a destination: a service's port, as clients of one namespace see it where that makes a difference.</summary>
/// <param name="Service">The service.</param>
/// <param name="Port">The service's own port, not that of its endpoints.</param>
/// <param name="ClientNamespace">The namespace whose policies make the difference; null where none do, so that all namespaces share it.</param>
internal readonly record struct DestinationName(NamespacedName Service, int Port, string? ClientNamespace = null)
{
    public override string ToString() => ClientNamespace is null
        ? string.Create(CultureInfo.InvariantCulture, $"{Service}:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Service}:{Port}@{ClientNamespace}");
}
