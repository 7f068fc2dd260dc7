namespace Mesh.ChaosService;

/// <summary>A service that another one calls for each of its requests.</summary>
/// <param name="Urls">Where it is; each in turn.</param>
/// <param name="Proxy">The HTTP proxy to reach it by; null: straight.</param>
/// <param name="Tries">How often it is called until it gives a good answer.</param>
/// <param name="PatienceMs">How long each call may take, in milliseconds.</param>
/// <param name="Optional">Whether there is a good answer without it.</param>
internal sealed record Dependency(IReadOnlyList<Uri> Urls, Uri? Proxy, int Tries, int PatienceMs, bool Optional);
