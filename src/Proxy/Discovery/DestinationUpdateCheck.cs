using System.Globalization;
using System.Net;
using Mesh.Api.Discovery;
using Mesh.Api.Identity;

namespace Mesh.Proxy.Discovery;

/// <summary>Says whether this proxy can use an update: an operator of another version may say what it doesn't understand.</summary>
internal static class DestinationUpdateCheck
{
    /// <returns>What was found and what was expected, for the operator to report; null where the update can be used.</returns>
    public static string? Problem(DestinationUpdate update, ulong currentVersion)
    {
        if (update.Version == 0) return "version: found 0, expected a hash";
        if (update.BaseVersion != 0 && update.BaseVersion != currentVersion)
            return string.Create(CultureInfo.InvariantCulture, $"base_version: found {update.BaseVersion:x16}, expected {currentVersion:x16}");
        if (update.BaseVersion == 0 && update.Policy is null) return "policy: found nothing, expected a policy with a whole destination";
        if (update.Protocol is < AppProtocol.Unspecified or > AppProtocol.Opaque)
            return $"protocol: found {(int)update.Protocol}, which this version of the proxy doesn't know";

        foreach (var endpoint in update.Endpoints)
        {
            if (Problem(endpoint) is { } problem) return problem;
        }
        return (update.Policy is { } policy ? PolicyCheck.Problem("policy", policy) : null)
            // One without sources says that there is none, and nothing else.
            ?? (update.Shadow is { Sources.Count: > 0 } shadow ? PolicyCheck.Problem("shadow", shadow) : null);
    }

    private static string? Problem(Api.Discovery.Endpoint endpoint) =>
        !IPAddress.TryParse(endpoint.Address, out _) ? $"endpoints.address: found {(endpoint.Address.Length == 0 ? "nothing" : $"\"{endpoint.Address}\"")}, expected an IP address"
        : endpoint.Port is 0 or > ushort.MaxValue ? $"endpoints.port of {endpoint.Address}: found {endpoint.Port}, expected 1 to 65535"
        : endpoint.Weight > 1000 ? $"endpoints.weight of {endpoint.Address}: found {endpoint.Weight}, expected 1 to 1000"
        : endpoint.Identity.Length > 0 && !SpiffeId.TryParse(endpoint.Identity, out _) ? $"endpoints.identity of {endpoint.Address}: found \"{endpoint.Identity}\", expected the SPIFFE id of a workload"
        : null;
}
