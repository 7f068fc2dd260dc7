using Mesh.Api.Injection;

namespace Mesh.Operator.Injection;

/// <summary>What sidecars have in common just now.</summary>
internal interface ISidecarSettings
{
    ValueTask<SidecarOptions> CurrentAsync(CancellationToken cancellationToken);
}
