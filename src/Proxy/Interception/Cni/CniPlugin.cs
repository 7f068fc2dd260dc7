using System.Text.Json.Nodes;

namespace Mesh.Proxy.Interception.Cni;

/// <summary>
/// The plugin: chained after the one that makes a pod's interface, it redirects the connections of pods that can't do so themselves.
/// Source: CNI specification 1.1.0, sections 2 and 5.
/// </summary>
internal sealed class CniPlugin(IPodReader pods, INamespaceEntry namespaces, ICommandRunner commands)
{
    /// <returns>What goes to standard output; null where the operation has no result.</returns>
    /// <exception cref="CniException">What the runtime is told instead.</exception>
    public async Task<JsonObject?> RunAsync(CniRequest request, CancellationToken cancellationToken)
    {
        switch (request.Command)
        {
            case "VERSION":
                return new JsonObject
                {
                    ["cniVersion"] = request.Configuration.ContainsKey("cniVersion") ? request.Version : CniRequest.Versions[^1],
                    ["supportedVersions"] = new JsonArray([.. CniRequest.Versions.Select(version => JsonValue.Create(version))]),
                };
            case "ADD":
                return await AddAsync(request, cancellationToken);
            case "CHECK":
                await CheckAsync(request, cancellationToken);
                return null;
            case "DEL":
                Delete(request);
                return null;
            case "STATUS":
                await StatusAsync(request, cancellationToken);
                return null;
            case "GC":
                // The rules are in the pod's namespace and go with it: nothing is ever left.
                return null;
            default:
                throw new CniException(CniErrorCode.InvalidEnvironment, $"CNI_COMMAND: found {request.Command}, expected ADD, DEL, CHECK, GC, STATUS or VERSION");
        }
    }

    private async Task<JsonObject> AddAsync(CniRequest request, CancellationToken cancellationToken)
    {
        var result = request.PreviousResult();
        if (await RulesAsync(request, cancellationToken) is { } rules) InPod(request, () => Filter.Install(rules));
        var passed = (JsonObject)result.DeepClone();
        passed["cniVersion"] = request.Version;
        return passed;
    }

    private async Task CheckAsync(CniRequest request, CancellationToken cancellationToken)
    {
        _ = request.PreviousResult();
        if (await RulesAsync(request, cancellationToken) is not { } rules) return;
        InPod(request, () =>
        {
            if (!Filter.IsInPlace(rules)) throw new InterceptionException("the rules that redirect its connections are not there");
        });
    }

    // By the specification what is gone already is no error; and whatever could not be removed goes with the namespace.
    private void Delete(CniRequest request)
    {
        if (request.Namespace is not { } path) return;
        try
        {
            namespaces.Run(path, () => Filter.Remove());
        }
        catch (InterceptionException)
        {
        }
    }

    private async Task StatusAsync(CniRequest request, CancellationToken cancellationToken)
    {
        var settings = CniSettings.Read(request.Configuration);
        try
        {
            _ = Filter;
            await pods.CheckAsync(settings, cancellationToken);
        }
        catch (Exception failure) when (failure is InterceptionException or CniException)
        {
            throw new CniException(CniErrorCode.NotAvailable, failure.Message);
        }
    }

    private async Task<InterceptionRules?> RulesAsync(CniRequest request, CancellationToken cancellationToken)
    {
        var settings = CniSettings.Read(request.Configuration);
        // Without them it is no pod that the runtime starts.
        if (request.Argument("K8S_POD_NAMESPACE") is not { } @namespace || request.Argument("K8S_POD_NAME") is not { } name) return null;
        if (settings.ExcludedNamespaces.Contains(@namespace)) return null;
        // A static pod starts before the API server knows of it, and none is injected.
        if (await pods.ReadAsync(settings, @namespace, name, cancellationToken) is not { } pod) return null;
        // A StatefulSet's pods have the names of those before them.
        if (request.Argument("K8S_POD_UID") is { } uid && (string?)pod["metadata"]?["uid"] is { } found && found != uid)
            throw new CniException(CniErrorCode.TryAgainLater, $"pod {@namespace}/{name}: found uid {found}, expected {uid}");
        return PodInterception.RulesOf(pod);
    }

    private void InPod(CniRequest request, Action action)
    {
        var path = request.Required("CNI_NETNS");
        var pod = $"pod {request.Argument("K8S_POD_NAMESPACE")}/{request.Argument("K8S_POD_NAME")}";
        try
        {
            if (!namespaces.Run(path, action)) throw new CniException(CniErrorCode.InvalidEnvironment, $"{pod}: CNI_NETNS: found {path}, which does not exist");
        }
        catch (InterceptionException failure)
        {
            throw new CniException(CniErrorCode.NotRedirected, $"{pod}: {failure.Message}");
        }
    }

    private IPacketFilter Filter => PacketFilters.Choose(PacketFilterChoice.Auto, commands);
}
