using System.Collections.Immutable;
using System.Net;
using k8s;
using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Operator.State;

/// <summary>Takes one snapshot to the next, keeps the indexes, and notes what changed.</summary>
internal sealed class SnapshotBuilder(ClusterSnapshot snapshot)
{
    private readonly ImmutableDictionary<string, V1Namespace>.Builder _namespaces = snapshot.Namespaces.ToBuilder();
    private readonly ImmutableDictionary<NamespacedName, V1Service>.Builder _services = snapshot.Services.ToBuilder();
    private readonly ImmutableDictionary<string, NamespacedName>.Builder _servicesByAddress = snapshot.ServicesByAddress.ToBuilder();
    private readonly ImmutableDictionary<NamespacedName, V1EndpointSlice>.Builder _slices = snapshot.EndpointSlices.ToBuilder();
    private readonly ImmutableDictionary<NamespacedName, ImmutableSortedDictionary<string, V1EndpointSlice>>.Builder _slicesByService =
        snapshot.EndpointSlicesByService.ToBuilder();
    private readonly ImmutableDictionary<NamespacedName, ImmutableHashSet<NamespacedName>>.Builder _slicesByPod = snapshot.EndpointSlicesByPod.ToBuilder();
    private readonly ImmutableDictionary<string, ImmutableHashSet<NamespacedName>>.Builder _slicesByAddress = snapshot.EndpointSlicesByAddress.ToBuilder();
    private readonly ImmutableDictionary<NamespacedName, V1Pod>.Builder _pods = snapshot.Pods.ToBuilder();
    private readonly ImmutableDictionary<NamespacedName, PolicyRecord>.Builder _policies = snapshot.Policies.ToBuilder();
    private readonly ImmutableDictionary<NamespacedName, ImmutableSortedSet<NamespacedName>>.Builder _policiesByTarget =
        snapshot.PoliciesByTarget.ToBuilder();
    private readonly ImmutableDictionary<NamespacedName, AuthorizationRecord>.Builder _authorizations = snapshot.Authorizations.ToBuilder();
    private readonly ImmutableDictionary<string, ImmutableSortedSet<NamespacedName>>.Builder _authorizationsByNamespace =
        snapshot.AuthorizationsByNamespace.ToBuilder();
    private readonly ImmutableDictionary<string, ConfigRecord>.Builder _configs = snapshot.Configs.ToBuilder();
    private readonly ImmutableHashSet<ResourceKind>.Builder _listed = snapshot.Listed.ToBuilder();

    public ChangeSet Changes { get; } = new();

    public ClusterSnapshot Build() => new()
    {
        Namespaces = _namespaces.ToImmutable(),
        Services = _services.ToImmutable(),
        ServicesByAddress = _servicesByAddress.ToImmutable(),
        EndpointSlices = _slices.ToImmutable(),
        EndpointSlicesByService = _slicesByService.ToImmutable(),
        EndpointSlicesByPod = _slicesByPod.ToImmutable(),
        EndpointSlicesByAddress = _slicesByAddress.ToImmutable(),
        Pods = _pods.ToImmutable(),
        Policies = _policies.ToImmutable(),
        PoliciesByTarget = _policiesByTarget.ToImmutable(),
        Authorizations = _authorizations.ToImmutable(),
        AuthorizationsByNamespace = _authorizationsByNamespace.ToImmutable(),
        Configs = _configs.ToImmutable(),
        Listed = _listed.ToImmutable(),
        IssuesIdentities = snapshot.IssuesIdentities,
    };

    public void Apply(ResourceChange change)
    {
        switch (change)
        {
            case ResourceChange.Upsert upsert:
                Upsert(upsert.Resource);
                break;
            case ResourceChange.Delete delete:
                Delete(delete.Kind, delete.Name);
                break;
            case ResourceChange.ReplaceAll all:
                ReplaceAll(all.Kind, all.Resources);
                break;
            case ResourceChange.Reject reject:
                Reject(reject);
                break;
        }
    }

    private void ReplaceAll(ResourceKind kind, IReadOnlyCollection<IKubernetesObject<V1ObjectMeta>> resources)
    {
        var gone = Names(kind).ToHashSet();
        foreach (var resource in resources)
        {
            gone.Remove(NamespacedName.Of(resource));
            Upsert(resource);
        }
        foreach (var name in gone) Delete(kind, name);
        _listed.Add(kind);
    }

    private IEnumerable<NamespacedName> Names(ResourceKind kind) => kind switch
    {
        ResourceKind.Namespace => _namespaces.Keys.Select(name => new NamespacedName("", name)),
        ResourceKind.Service => _services.Keys,
        ResourceKind.EndpointSlice => _slices.Keys,
        ResourceKind.Pod => _pods.Keys,
        ResourceKind.TrafficPolicy => _policies.Keys,
        ResourceKind.AuthorizationPolicy => _authorizations.Keys,
        ResourceKind.MeshConfig => _configs.Keys.Select(name => new NamespacedName("", name)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private void Upsert(IKubernetesObject<V1ObjectMeta> resource)
    {
        var name = NamespacedName.Of(resource);
        switch (resource)
        {
            case V1Namespace item:
                SetNamespace(name.Name, item);
                break;
            case V1Service item:
                SetService(name, item);
                break;
            case V1EndpointSlice item:
                SetSlice(name, item);
                break;
            case V1Pod item:
                SetPod(name, item);
                break;
            case TrafficPolicy item:
                SetPolicy(name, Record(item, _policies.GetValueOrDefault(name)));
                break;
            case AuthorizationPolicy item:
                SetAuthorization(name, AuthorizationRecord.Of(item));
                break;
            case MeshConfig item:
                SetConfig(name, Record(item, _configs.GetValueOrDefault(name.Name)));
                break;
            default:
                throw new ArgumentException($"The cluster state holds no {resource.GetType().Name}.", nameof(resource));
        }
    }

    private void Delete(ResourceKind kind, NamespacedName name)
    {
        switch (kind)
        {
            case ResourceKind.Namespace:
                SetNamespace(name.Name, null);
                break;
            case ResourceKind.Service:
                SetService(name, null);
                break;
            case ResourceKind.EndpointSlice:
                SetSlice(name, null);
                break;
            case ResourceKind.Pod:
                SetPod(name, null);
                break;
            case ResourceKind.TrafficPolicy:
                SetPolicy(name, null);
                break;
            case ResourceKind.AuthorizationPolicy:
                SetAuthorization(name, null);
                break;
            case ResourceKind.MeshConfig:
                SetConfig(name, null);
                break;
        }
    }

    private void Reject(ResourceChange.Reject reject)
    {
        if (reject.Kind is ResourceKind.TrafficPolicy)
        {
            if (_policies.TryGetValue(reject.Name, out var policy)) SetPolicy(reject.Name, policy with { Errors = reject.Errors });
            else if (reject.Readable is TrafficPolicy readable) SetPolicy(reject.Name, new PolicyRecord(readable, null, reject.Errors));
        }
        if (reject.Kind is ResourceKind.AuthorizationPolicy && (reject.Readable as AuthorizationPolicy ?? _authorizations.GetValueOrDefault(reject.Name)?.Latest) is { } refusing)
        {
            SetAuthorization(reject.Name, new AuthorizationRecord(refusing, reject.Errors));
        }
        if (reject.Kind is ResourceKind.MeshConfig)
        {
            if (_configs.TryGetValue(reject.Name.Name, out var config)) SetConfig(reject.Name, config with { Errors = reject.Errors });
            else if (reject.Readable is MeshConfig readable) SetConfig(reject.Name, new ConfigRecord(readable, null, reject.Errors));
        }
    }

    private void SetService(NamespacedName name, V1Service? service)
    {
        var before = _services.GetValueOrDefault(name);
        if (Same(before, service)) return;
        foreach (var address in Addresses(before))
        {
            if (_servicesByAddress.GetValueOrDefault(address) == name) _servicesByAddress.Remove(address);
            Changes.Addresses.Add(address);
        }
        foreach (var address in Addresses(service))
        {
            _servicesByAddress[address] = name;
            Changes.Addresses.Add(address);
        }
        Set(_services, name, service);
        Changes.Services.Add(name);
        if (_authorizationsByNamespace.ContainsKey(name.Namespace)) Changes.Namespaces.Add(name.Namespace);
        // A service that came after its slices, or whose ports are others now, is the one of other pods and addresses.
        foreach (var slice in _slicesByService.GetValueOrDefault(name)?.Values ?? [])
        {
            Changes.Pods.UnionWith(SliceMembers.Pods(slice));
            Changes.Addresses.UnionWith(SliceMembers.Addresses(slice));
        }
    }

    private void SetSlice(NamespacedName name, V1EndpointSlice? slice)
    {
        var before = _slices.GetValueOrDefault(name);
        if (Same(before, slice)) return;
        if (before is not null && slice is not null) SliceMembers.Share(before, slice);
        Set(_slices, name, slice);
        IndexByService(name, before, slice);
        HashSet<NamespacedName> pods = [.. Pods(before)], podsNow = [.. Pods(slice)];
        HashSet<string> addresses = [.. Addresses(before)], addressesNow = [.. Addresses(slice)];
        Move(_slicesByPod, name, pods, podsNow);
        Move(_slicesByAddress, name, addresses, addressesNow);
        if (before is not null && slice is not null && SamePorts(before, slice))
        {
            // One endpoint that comes or goes concerns one pod and one address, whatever the slice's size.
            pods.SymmetricExceptWith(podsNow);
            addresses.SymmetricExceptWith(addressesNow);
        }
        else
        {
            pods.UnionWith(podsNow);
            addresses.UnionWith(addressesNow);
        }
        Changes.Pods.UnionWith(pods);
        Changes.Addresses.UnionWith(addresses);
    }

    private void IndexByService(NamespacedName name, V1EndpointSlice? before, V1EndpointSlice? after)
    {
        var (left, joined) = (ServiceOf(before), ServiceOf(after));
        if (left is { } former)
        {
            if (left != joined) Set(_slicesByService, former, _slicesByService[former].Remove(name.Name) is { Count: > 0 } siblings ? siblings : null);
            Changes.Services.Add(former);
        }
        if (joined is { } service)
        {
            var siblings = _slicesByService.GetValueOrDefault(service) ?? ImmutableSortedDictionary.Create<string, V1EndpointSlice>(StringComparer.Ordinal);
            _slicesByService[service] = siblings.SetItem(name.Name, after!);
            Changes.Services.Add(service);
        }
    }

    // What stays is not touched: to take twenty endpoints out of the trees and put nineteen of them back cost more than all else that a change does.
    private static void Move<TKey>(ImmutableDictionary<TKey, ImmutableHashSet<NamespacedName>>.Builder index, NamespacedName slice, HashSet<TKey> before, HashSet<TKey> after)
        where TKey : notnull
    {
        foreach (var key in before)
        {
            if (!after.Contains(key)) Leave(index, key, slice);
        }
        foreach (var key in after)
        {
            if (!before.Contains(key)) index[key] = (index.GetValueOrDefault(key) ?? []).Add(slice);
        }
    }

    // A slice of no service is in no index.
    private static NamespacedName? ServiceOf(V1EndpointSlice? slice) => slice is null ? null : SliceMembers.ServiceOf(slice);

    private static IEnumerable<NamespacedName> Pods(V1EndpointSlice? slice) => ServiceOf(slice) is null ? [] : SliceMembers.Pods(slice!);

    private static IEnumerable<string> Addresses(V1EndpointSlice? slice) => ServiceOf(slice) is null ? [] : SliceMembers.Addresses(slice!);

    private static bool SamePorts(V1EndpointSlice before, V1EndpointSlice after) =>
        SliceMembers.ServiceOf(before) == SliceMembers.ServiceOf(after)
        && (before.Ports ?? []).Select(Port).SequenceEqual((after.Ports ?? []).Select(Port));

    private static (string?, int?, string?) Port(Discoveryv1EndpointPort port) => (port.Name, port.Port, port.Protocol);

    // Pods change all the time, and nearly never in what endpoints take from them.
    private void SetPod(NamespacedName name, V1Pod? pod)
    {
        var before = _pods.GetValueOrDefault(name);
        if (Same(before, pod)) return;
        Set(_pods, name, pod);
        if (!WorkloadTraits.Same(before, pod)) Changes.Pods.Add(name);
        if (PodTraits.Of(before) == PodTraits.Of(pod)) return;
        Changes.Pods.Add(name);
        foreach (var slice in _slicesByPod.GetValueOrDefault(name) ?? [])
        {
            if (SliceMembers.ServiceOf(_slices[slice]) is { } service) Changes.Services.Add(service);
        }
    }

    private void SetPolicy(NamespacedName name, PolicyRecord? policy)
    {
        var before = _policies.GetValueOrDefault(name);
        if (before is not null && Same(before.Latest, policy?.Latest) && before.Errors.SequenceEqual(policy!.Errors)) return;
        foreach (var target in Targets(before))
        {
            Set(_policiesByTarget, target, _policiesByTarget[target].Remove(name) is { Count: > 0 } others ? others : null);
            Changes.Services.Add(target);
        }
        Set(_policies, name, policy);
        Changes.Policies.Add(name);
        foreach (var target in Targets(policy))
        {
            _policiesByTarget[target] = (_policiesByTarget.GetValueOrDefault(target) ?? []).Add(name);
            Changes.Services.Add(target);
        }
    }

    private void SetNamespace(string name, V1Namespace? item)
    {
        var before = _namespaces.GetValueOrDefault(name);
        if (!WorkloadTraits.SameAnnotations(before, item)) Changes.Namespaces.Add(name);
        // Whether its pods' sidecars take mutual TLS is part of their endpoints.
        if (Mode(before) != Mode(item)) Changes.Services.UnionWith(_services.Keys.Where(service => service.Namespace == name));
        Set(_namespaces, name, item);
    }

    private static string? Mode(V1Namespace? item) =>
        item?.Metadata.Annotations is { } annotations && annotations.TryGetValue(WellKnown.MtlsAnnotation, out var mode) ? mode : null;

    private void SetAuthorization(NamespacedName name, AuthorizationRecord? policy)
    {
        var before = _authorizations.GetValueOrDefault(name);
        if (before is not null && Same(before.Latest, policy?.Latest) && before.Errors.SequenceEqual(policy!.Errors)) return;
        Set(_authorizations, name, policy);
        var siblings = _authorizationsByNamespace.GetValueOrDefault(name.Namespace) ?? [];
        Set(_authorizationsByNamespace, name.Namespace, policy is not null ? siblings.Add(name) : siblings.Remove(name) is { Count: > 0 } others ? others : null);
        Changes.Authorizations.Add(name);
        Changes.Namespaces.Add(name.Namespace);
    }

    private void SetConfig(NamespacedName name, ConfigRecord? config)
    {
        var before = _configs.GetValueOrDefault(name.Name);
        if (before is not null && Same(before.Latest, config?.Latest) && before.Errors.SequenceEqual(config!.Errors)) return;
        Set(_configs, name.Name, config);
        Changes.Everything = true;
    }

    private static PolicyRecord Record(TrafficPolicy policy, PolicyRecord? before) =>
        ResourceValidation.Validate(policy) is { Count: > 0 } errors
            ? new(policy, before?.InForce, [.. errors.Select(error => error.ToString())])
            : new(policy, policy, []);

    private static ConfigRecord Record(MeshConfig config, ConfigRecord? before) =>
        ResourceValidation.Validate(config) is { Count: > 0 } errors
            ? new(config, before?.InForce, [.. errors.Select(error => error.ToString())])
            : new(config, config, []);

    private static HashSet<NamespacedName> Targets(PolicyRecord? policy) =>
        policy is null ? [] : [.. PolicyTargets.Of(policy.Latest), .. policy.InForce is null ? [] : PolicyTargets.Of(policy.InForce)];

    // "None" (a headless service) is no address and drops out here.
    private static IEnumerable<string> Addresses(V1Service? service) =>
        from text in (service?.Spec?.ClusterIPs ?? []).Append(service?.Spec?.ClusterIP).Distinct()
        let address = IPAddress.TryParse(text, out var parsed) ? parsed.ToString() : null
        where address is not null
        select address;

    private static bool Same(IKubernetesObject<V1ObjectMeta>? before, IKubernetesObject<V1ObjectMeta>? after) =>
        ReferenceEquals(before, after)
        || (before is not null && after is not null
            && before.Metadata.ResourceVersion is { Length: > 0 } version && version == after.Metadata.ResourceVersion
            && before.Metadata.Uid == after.Metadata.Uid);

    private static void Leave<TKey>(ImmutableDictionary<TKey, ImmutableHashSet<NamespacedName>>.Builder index, TKey key, NamespacedName slice)
        where TKey : notnull
    {
        if (index.TryGetValue(key, out var slices)) Set(index, key, slices.Remove(slice) is { Count: > 0 } others ? others : null);
    }

    private static void Set<TKey, TValue>(ImmutableDictionary<TKey, TValue>.Builder items, TKey key, TValue? value)
        where TKey : notnull
        where TValue : class
    {
        if (value is null) items.Remove(key);
        else items[key] = value;
    }
}
