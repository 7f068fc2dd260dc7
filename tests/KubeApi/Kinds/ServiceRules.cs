using System.Text.Json.Nodes;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Kinds;

/// <summary>Services get an address of 10.96.0.0/16, as kubeadm's default range has it.</summary>
internal sealed class ServiceRules : KindRules
{
    public override bool DeleteReturnsObject => true;

    public override void Default(JsonObject value)
    {
        if (value["spec"] is not JsonObject spec) return;
        spec.Default("type", "ClusterIP");
        spec.Default("sessionAffinity", "None");
        foreach (var port in spec.Items("ports"))
        {
            port.Default("protocol", "TCP");
            port.Default("targetPort", port["port"]?.DeepClone());
        }

        if (spec.Text("type") is "ExternalName") return;
        spec.Default("internalTrafficPolicy", "Cluster");
        spec.Default("ipFamilies", new JsonArray("IPv4"));
        spec.Default("ipFamilyPolicy", "SingleStack");
    }

    public override void PrepareForCreate(JsonObject value, Snapshot stored)
    {
        value["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };
        if (value["spec"] is not JsonObject spec || spec.Text("type") is "ExternalName") return;
        spec.Default("clusterIP", FreeAddress(stored));
        if (spec.Text("clusterIP") is { } address) spec.Default("clusterIPs", new JsonArray(address));
    }

    public override void PrepareForUpdate(JsonObject value, JsonObject before)
    {
        if (value["spec"] is not JsonObject spec || before["spec"] is not JsonObject old || spec.Text("type") is "ExternalName") return;
        foreach (var kept in new[] { "clusterIP", "clusterIPs" })
        {
            if (spec[kept] is null) spec.CopyMember(old, kept);
        }
    }

    public override IEnumerable<StatusCause> Validate(JsonObject value, JsonObject? before)
    {
        var (found, old) = (value["spec"].Text("clusterIP"), before?["spec"].Text("clusterIP"));
        if (old is not null && found != old)
        {
            yield return StatusCause.Invalid("spec.clusterIP", JsonText.Quote(found ?? ""), "field is immutable");
        }

        var headless = found is "None" or null;
        if (!headless && !value["spec"].Items("ports").Any()) yield return StatusCause.Required("spec.ports");
    }

    private static string FreeAddress(Snapshot stored)
    {
        var taken = stored.Of("/services").Values.Select(service => service["spec"].Text("clusterIP")).ToHashSet();
        // 10.96.0.1 is the service kubernetes', 10.96.0.10 by convention the cluster's DNS.
        return Enumerable.Range(11, ushort.MaxValue - 11)
            .Select(host => $"10.96.{host >> 8}.{host & 0xFF}")
            .First(address => !taken.Contains(address));
    }
}
