using System.Globalization;
using k8s;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Serving;

namespace Mesh.LocalCluster.Node;

/// <summary>kubectl logs, kubectl exec.</summary>
internal sealed class PodAccess : IPodAccess
{
    private Kubernetes? _client;
    private Kubelet? _kubelet;

    public void Connect(Kubernetes client, Kubelet kubelet) => (_client, _kubelet) = (client, kubelet);

    public async Task ServeLogAsync(HttpContext http, string @namespace, string pod)
    {
        var container = await FindAsync(http, @namespace, pod);
        var log = Flag(http, "previous")
            ? container.PreviousLog ?? throw ApiException.BadRequest($"previous terminated container \"{container.Container.Name}\" in pod \"{pod}\" not found")
            : container.Log;
        http.Response.ContentType = "text/plain";
        var (lines, more, isComplete) = log.From(0);
        var position = lines.Count;
        if (int.TryParse(http.Request.Query["tailLines"], CultureInfo.InvariantCulture, out var tail)) lines = [.. lines.TakeLast(tail)];
        while (true)
        {
            foreach (var line in lines) await http.Response.WriteAsync(Text(line, Flag(http, "timestamps")), http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            if (isComplete || !Flag(http, "follow")) return;
            await more.WaitAsync(http.RequestAborted);
            (lines, more, isComplete) = log.From(position);
            position += lines.Count;
        }
    }

    public async Task ServeExecAsync(HttpContext http, string @namespace, string pod)
    {
        var container = await FindAsync(http, @namespace, pod);
        var process = container.Process ?? throw ApiException.BadRequest($"container {container.Container.Name} of pod {pod} is not running");
        await ExecSession.ServeAsync(http, process);
    }

    private async Task<ContainerRun> FindAsync(HttpContext http, string @namespace, string name)
    {
        var pod = await _client!.CoreV1.ReadNamespacedPodAsync(name, @namespace, cancellationToken: http.RequestAborted);
        var run = _kubelet!.Find(pod.Metadata.Uid) ?? throw ApiException.BadRequest($"pod {name} does not run");
        var asked = http.Request.Query["container"].ToString() is { Length: > 0 } given ? given : pod.Spec.Containers[0].Name;
        return run.Containers.FirstOrDefault(container => container.Container.Name == asked)
            ?? throw ApiException.BadRequest($"container {asked} is not valid for pod {name}");
    }

    private static string Text(LogLine line, bool withTime) =>
        withTime ? string.Create(CultureInfo.InvariantCulture, $"{line.Time:yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'} {line.Text}\n") : $"{line.Text}\n";

    private static bool Flag(HttpContext http, string name) => http.Request.Query[name] == "true" || http.Request.Query[name] == "1";
}
