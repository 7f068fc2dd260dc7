using System.Security.Cryptography;
using Mesh.Api.Authorization;
using Mesh.Api.Discovery;
using Mesh.Proxy.Identity;

namespace Mesh.Proxy.Discovery;

/// <summary>Says whether this proxy can use what is said of its own pod.</summary>
internal static class WorkloadUpdateCheck
{
    /// <param name="update">As it came.</param>
    /// <param name="anchors">Whom to believe from now on; null: as before.</param>
    /// <returns>What was found and what was expected, for the operator to report; null where the update can be used.</returns>
    public static string? Problem(WorkloadUpdate update, out TrustBundle? anchors)
    {
        anchors = null;
        if (update.Version == 0) return "version: found 0, expected a hash";
        if (update.Mtls is < MtlsMode.Unspecified or > MtlsMode.MtlsOff) return Unknown("mtls", update.Mtls);
        foreach (var (port, mode) in update.PortMtls)
        {
            if (port is 0 or > ushort.MaxValue) return $"port_mtls: found port {port}, expected 1 to 65535";
            if (mode is <= MtlsMode.Unspecified or > MtlsMode.MtlsOff) return Unknown($"port_mtls of {port}", mode);
        }
        if (AuthorizationProblem(update.Authorization) is { } unusable) return unusable;
        if (update.TrustAnchors.Count is 0) return null;
        try
        {
            anchors = TrustBundle.OfDer(update.TrustAnchors.Select(anchor => anchor.Memory));
            return null;
        }
        catch (CryptographicException unreadable)
        {
            return $"trust_anchors: found what is no certificate ({unreadable.Message})";
        }
    }

    private static string? AuthorizationProblem(Authorization? rules)
    {
        if (rules is not null && UnknownFields.AreIn(rules)) return "authorization: found fields that this version of the proxy doesn't know";
        try
        {
            _ = new Authorizer(rules, ownNamespace: "");
            return null;
        }
        catch (FormatException unreadable)
        {
            return $"authorization: {unreadable.Message}";
        }
    }

    private static string Unknown(string field, MtlsMode mode) => $"{field}: found {(int)mode}, which this version of the proxy doesn't know";
}
