using k8s.Models;
using Mesh.Api.Resources;
using Mesh.Operator.Compilation;
using Mesh.Operator.Reconciliation;
using Mesh.Operator.State;

namespace Mesh.Operator.Tests.Reconciliation;

public sealed class OtherReplicasTests
{
    private readonly ClusterState _state = new();

    [Fact]
    public void OnlyReplica_ClaimsWhatItCounts()
    {
        PostReplicas("operator-1");

        Assert.Equal(Programmed(true, "Programmed", "4/4 proxies"), Qualify(true, "Programmed", "4/4 proxies"));
    }

    [Fact]
    public void OneOfSeveral_DoesNotClaimThatAllAreProgrammed()
    {
        PostReplicas("operator-1", "operator-2");

        Assert.Equal(
            Programmed(false, "NotCounted", "4/4 proxies of operator operator-1; those of 1 other operator replica are not counted"),
            Qualify(true, "Programmed", "4/4 proxies"));
    }

    [Fact]
    public void OneOfSeveral_SaysWhatIsWrongWithItsOwn()
    {
        PostReplicas("operator-1", "operator-2");

        Assert.Equal(Programmed(false, "Pending", "3/4 proxies"), Qualify(false, "Pending", "3/4 proxies"));
    }

    private void PostReplicas(params string[] pods) => _state.Post(new ResourceChange.Upsert(new V1EndpointSlice
    {
        Metadata = new V1ObjectMeta
        {
            Name = "mesh-operator-1",
            NamespaceProperty = "mesh-system",
            Labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = "mesh-operator" },
        },
        AddressType = "IPv4",
        Endpoints = [.. pods.Select(pod => new V1Endpoint { Addresses = ["10.0.0.1"], TargetRef = new V1ObjectReference { Kind = "Pod", Name = pod, NamespaceProperty = "mesh-system" } })],
    }));

    private Condition Qualify(bool holds, string reason, string message)
    {
        var key = new EntityKey(ResourceKind.TrafficPolicy, new("shop", "catalog"));
        var desired = new DesiredStatuses(new(_state, new("mesh-system", "mesh-operator"), "operator-1"), new(TimeProvider.System));
        desired.Set(key, new ResourceStatus(key.Kind, key.Name, 1, [Programmed(holds, reason, message)]));
        return Assert.Single(desired.Find(key)!.Conditions);
    }

    private static Condition Programmed(bool holds, string reason, string message) => new(ConditionTypes.Programmed, holds, reason, message);
}
