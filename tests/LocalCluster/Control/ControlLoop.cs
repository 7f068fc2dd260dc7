using k8s;
using k8s.Autorest;
using Mesh.KubeApi;

namespace Mesh.LocalCluster.Control;

/// <summary>Reads the cluster after every change and has each controller act on what it sees, one after the other.</summary>
internal sealed class ControlLoop(ApiServer server, Kubernetes client, IReadOnlyList<IController> controllers, TimeProvider time)
{
    /// <summary>What fails is tried again after this time, whether anything has changed or not.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>Changes come in bursts.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var version = server.Version;
            var view = await ClusterView.ReadAsync(client, stop);
            foreach (var controller in controllers) await ReconcileAsync(controller, view, stop);
            await Task.WhenAny(server.ChangedAfter(version), Task.Delay(Period, time, stop));
            await Task.Delay(Pause, time, stop);
        }
    }

    private static async Task ReconcileAsync(IController controller, ClusterView view, CancellationToken stop)
    {
        try
        {
            await controller.ReconcileAsync(view, stop);
        }
        catch (HttpOperationException failure)
        {
            await Console.Error.WriteLineAsync($"{controller.GetType().Name}: {failure.Response?.Content ?? failure.Message}");
        }
    }
}
