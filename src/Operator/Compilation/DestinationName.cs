using System.Globalization;
using Mesh.Operator.State;

namespace Mesh.Operator.Compilation;

/// <summary>
/// What proxies call a destination: a service's port, as a part of the clients see it where that makes a difference, by place
/// (<c>#</c>) or by namespace (<c>@</c>).
/// </summary>
/// <param name="Service">The service.</param>
/// <param name="Port">The service's own port, not that of its endpoints.</param>
/// <param name="ClientNamespace">The namespace whose policies make the difference; null where none do, so that all namespaces share it.</param>
/// <param name="Scope">Which of the service's endpoints it stands for.</param>
internal readonly record struct DestinationName(NamespacedName Service, int Port, string? ClientNamespace = null, DestinationScope Scope = default)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Service}:{Port}{Prefixed('#', Scope.ToString())}{Prefixed('@', ClientNamespace)}");

    private static string Prefixed(char prefix, string? text) => string.IsNullOrEmpty(text) ? "" : prefix + text;
}
