using System.Text.Json.Nodes;

namespace Mesh.KubeApi.Kinds;

/// <summary>events.k8s.io/v1: the same objects as core/v1's events, under newer names.</summary>
internal sealed class EventRules : KindRules
{
    private static readonly (string Core, string Events)[] Names =
    [
        ("involvedObject", "regarding"),
        ("message", "note"),
        ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"),
        ("count", "deprecatedCount"),
        ("source", "deprecatedSource"),
        ("reportingComponent", "reportingController"),
    ];

    public override string StorageName => "/events";

    public override void FromStorage(JsonObject value) => Rename(value, Names.Select(name => (name.Core, name.Events)));

    public override void ToStorage(JsonObject value) => Rename(value, Names.Select(name => (name.Events, name.Core)));

    private static void Rename(JsonObject value, IEnumerable<(string From, string To)> names)
    {
        foreach (var (from, to) in names)
        {
            if (!value.Remove(from, out var member)) continue;
            value[to] = member;
        }
    }
}
