using k8s.Models;
using Mesh.Api.Interception;
using Mesh.Api.Resources;

namespace Mesh.Api.Injection;

/// <summary>The init container that has a pod's connections come to the sidecar, or checks that they do.</summary>
internal static class InterceptionContainer
{
    // Another than the proxy's, whose connections are left alone: the check is to see what the application will.
    private const int VerifyUserId = 2103;

    /// <param name="skipped">What the pod's annotations leave out.</param>
    /// <param name="options">What all sidecars have in common.</param>
    /// <returns>Null where nothing is redirected.</returns>
    public static V1Container? For(SkippedTraffic skipped, SidecarOptions options) => options.Interception switch
    {
        InterceptionMode.Init => New(InterceptionNames.InitContainer, ["init", .. Skips(skipped)], NetworkAdministrator(), options),
        InterceptionMode.Cni => New(InterceptionNames.VerifyContainer, ["verify", .. Skips(skipped)], Sidecar.Restricted(VerifyUserId), options),
        _ => null,
    };

    private static V1Container New(string name, IList<string> arguments, V1SecurityContext security, SidecarOptions options) => new()
    {
        Name = name,
        Image = options.Image,
        ImagePullPolicy = "IfNotPresent",
        Args = arguments,
        SecurityContext = security,
        // It is over before the sidecar starts, which asks for more: the pod's request doesn't grow.
        Resources = new V1ResourceRequirements
        {
            Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new("10m"), ["memory"] = new("32Mi") },
        },
    };

    // Root, and of root's powers the one that redirecting takes.
    private static V1SecurityContext NetworkAdministrator() => new()
    {
        RunAsNonRoot = false,
        RunAsUser = 0,
        RunAsGroup = 0,
        AllowPrivilegeEscalation = false,
        Privileged = false,
        ReadOnlyRootFilesystem = true,
        Capabilities = new V1Capabilities { Drop = ["ALL"], Add = ["NET_ADMIN"] },
        SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
    };

    private static IEnumerable<string> Skips(SkippedTraffic skipped) =>
    [
        .. Option("--skip-outbound-ports", PortRange.Merge(skipped.OutboundPorts)),
        .. Option("--skip-outbound-cidrs", AddressRange.Merge(skipped.OutboundCidrs)),
        .. Option("--skip-inbound-ports", PortRange.Merge(skipped.InboundPorts)),
        .. Option("--skip-inbound-cidrs", AddressRange.Merge(skipped.InboundCidrs)),
    ];

    private static IEnumerable<string> Option<T>(string name, IReadOnlyList<T> values) => values.Count == 0 ? [] : [name, string.Join(',', values)];
}
