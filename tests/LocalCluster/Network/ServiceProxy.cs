using System.Globalization;
using k8s.Models;
using Mesh.LocalCluster.Control;

namespace Mesh.LocalCluster.Network;

/// <summary>What kube-proxy does: connections to a service's address go to one of its endpoints, by chance.</summary>
internal sealed class ServiceProxy : IController
{
    private string _rules = "";

    public async Task ReconcileAsync(ClusterView view, CancellationToken cancellation)
    {
        var rules = Rules(view);
        if (rules == _rules) return;
        await Machine.RunWithInputAsync(rules, "nft", "-f", "-");
        _rules = rules;
    }

    private static string Rules(ClusterView view)
    {
        var translations = string.Join("\n    ", view.Services.SelectMany(service => Translations(service, view)));
        // A pod that calls itself by its service gets the node for its peer, since it would answer to itself otherwise.
        return $$"""
            table ip services
            delete table ip services
            table ip services {
              chain translations {
                {{translations}}
              }
              chain prerouting {
                type nat hook prerouting priority -100; policy accept;
                jump translations
              }
              chain output {
                type nat hook output priority -100; policy accept;
                jump translations
              }
              chain postrouting {
                type nat hook postrouting priority 100; policy accept;
                {{string.Join("\n    ", view.Pods.Where(pod => pod.Status?.PodIP is not null).Select(pod => $"ip saddr {pod.Status.PodIP} ip daddr {pod.Status.PodIP} masquerade"))}}
              }
              chain unserved {
                type filter hook forward priority 0; policy accept;
                ip daddr {{ClusterAddresses.Services}} meta l4proto tcp reject with tcp reset
              }
              chain unserved-here {
                type filter hook output priority 0; policy accept;
                ip daddr {{ClusterAddresses.Services}} meta l4proto tcp reject with tcp reset
              }
            }

            """;
    }

    private static IEnumerable<string> Translations(V1Service service, ClusterView view)
    {
        if (service.Spec.ClusterIP is null or "" or "None") yield break;
        foreach (var port in (service.Spec.Ports ?? []).Where(port => port.Protocol is null or "TCP"))
        {
            var targets = view.Endpoints(service, port.Name ?? "").ToList();
            for (var i = 0; i < targets.Count; i++)
            {
                yield return string.Create(CultureInfo.InvariantCulture,
                    $"ip daddr {service.Spec.ClusterIP} tcp dport {port.Port} numgen random mod {targets.Count - i} == 0 dnat to {targets[i]}");
            }
        }
    }
}
