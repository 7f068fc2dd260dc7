using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Mesh.Api.Probes;

namespace Mesh.Api.Injection;

/// <summary>
/// A pod that has its sidecar and comes again, since another's webhook has changed it in between: what that has added is held to the same, and
/// asked for its health by way of the sidecar, too.
/// </summary>
internal static class LaterAdditions
{
    private static readonly string[] OwnContainers = [Sidecar.ContainerName, .. Refusals.OwnNames];

    public static InjectionDecision Decide(InjectionRequest request)
    {
        var annotations = new AnnotationReading(request);
        var adjustments = annotations.Read();
        List<string> reasons = [.. Refusals.Of(request.Containers.Where(container => !OwnContainers.Contains(container.Name)), request), .. annotations.Errors];
        if (reasons.Count > 0) return new InjectionDecision.Deny(reasons);
        return Probes(request.Pod, adjustments) is { Count: > 0 } patch ? new InjectionDecision.Inject(patch, []) : new InjectionDecision.LeaveAlone("already injected");
    }

    private static List<JsonPatchOperation> Probes(V1Pod pod, Adjustments adjustments)
    {
        // Where nothing is redirected the kubelet gets to the application by itself.
        var isIntercepted = pod.Spec.InitContainers?.Any(container => Refusals.OwnNames.Contains(container.Name)) is true;
        if (!isIntercepted || !adjustments.RewritesProbes || Find(pod) is not var (path, sidecar) || sidecar.Env is null) return [];
        var variable = sidecar.Env.Index().FirstOrDefault(variable => variable.Item.Name == ApplicationProbes.Variable);
        if (!ApplicationProbes.TryRead(Sidecar.Unescaped(variable.Item?.Value), out var known)) return [];
        var rewriting = new ProbeRewriting(pod, adjustments);
        var patch = rewriting.Rewrite().ToList();
        if (patch.Count == 0) return [];
        // Of two by one name the pod's is what counts.
        var all = new Dictionary<string, ApplicationProbe>(known);
        foreach (var (at, probe) in rewriting.Probes) all[at] = probe;
        var value = Sidecar.Escaped(ApplicationProbes.Write(all));
        patch.Add(variable.Item is null
            ? JsonPatchOperation.Add([.. path, "env", "-"], new JsonObject { ["name"] = ApplicationProbes.Variable, ["value"] = value })
            : JsonPatchOperation.Add([.. path, "env", Text(variable.Index), "value"], JsonValue.Create(value)));
        return patch;
    }

    private static (string[] Path, V1Container Container)? Find(V1Pod pod)
    {
        foreach (var (list, containers) in new[] { ("initContainers", pod.Spec.InitContainers ?? []), ("containers", pod.Spec.Containers) })
        {
            foreach (var (index, container) in containers.Index())
            {
                if (container.Name == Sidecar.ContainerName) return (["spec", list, Text(index)], container);
            }
        }
        return null;
    }

    private static string Text(int index) => index.ToString(CultureInfo.InvariantCulture);
}
