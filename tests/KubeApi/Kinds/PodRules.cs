using System.Text.Json.Nodes;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Kinds;

/// <summary>
/// Pods stay Pending: nothing schedules or runs them. One that a test puts on a node goes as a kubelet's would: in two steps.
/// </summary>
internal sealed class PodRules : KindRules
{
    private const long DefaultGracePeriod = 30;

    public override bool DeleteReturnsObject => true;

    public override void Default(JsonObject value)
    {
        if (value["spec"] is JsonObject spec) DefaultSpec(spec);
    }

    /// <summary>The defaults that are the same in a pod and in a template.</summary>
    public static void DefaultSpec(JsonObject spec)
    {
        spec.Default("restartPolicy", "Always");
        spec.Default("terminationGracePeriodSeconds", DefaultGracePeriod);
        spec.Default("dnsPolicy", "ClusterFirst");
        spec.Default("securityContext", new JsonObject());
        spec.Default("schedulerName", "default-scheduler");
        foreach (var container in spec.Items("initContainers").Concat(spec.Items("containers"))) DefaultContainer(container);
    }

    private static void DefaultContainer(JsonObject container)
    {
        container.Default("resources", new JsonObject());
        container.Default("terminationMessagePath", "/dev/termination-log");
        container.Default("terminationMessagePolicy", "File");
        container.Default("imagePullPolicy", IsLatest(container.Text("image") ?? "") ? "Always" : "IfNotPresent");
        foreach (var port in container.Items("ports")) port.Default("protocol", "TCP");
    }

    public override void PrepareForCreate(JsonObject value, Snapshot stored)
    {
        if (value["spec"] is JsonObject spec) spec.Default("enableServiceLinks", true);
        value["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = "BestEffort" };
    }

    public override IEnumerable<StatusCause> Validate(JsonObject value, JsonObject? before)
    {
        var containers = value["spec"].Items("containers").ToList();
        if (containers.Count == 0) yield return StatusCause.Required("spec.containers");
        foreach (var (i, container) in containers.Index())
        {
            if (container.Text("name") is null) yield return StatusCause.Required($"spec.containers[{i}].name");
            if (container.Text("image") is null) yield return StatusCause.Required($"spec.containers[{i}].image");
        }
    }

    public override long? GracePeriod(JsonObject value, long? requested) =>
        value["spec"].Text("nodeName") is null
            ? null
            : requested ?? value["spec"]?["terminationGracePeriodSeconds"]?.GetValue<long>() ?? DefaultGracePeriod;

    private static bool IsLatest(string image) =>
        image.EndsWith(":latest", StringComparison.Ordinal) || !image.Contains(':', StringComparison.Ordinal);
}
