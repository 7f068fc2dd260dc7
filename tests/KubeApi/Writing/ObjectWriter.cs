using System.Text.Json.Nodes;
using Mesh.KubeApi.Admission;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Ownership;
using Mesh.KubeApi.Requests;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Writing;

/// <summary>
/// Every write goes through here, in the order of kube-apiserver's registry: intake, mutating admission, what the server
/// decides, validation, validating admission, storage.
/// </summary>
internal sealed class ObjectWriter(Store store, AdmissionChain admission, Containers containers, TimeProvider time)
{
    public async Task<JsonObject> CreateAsync(ResourceRequest request, JsonObject sent, Manager manager)
    {
        var type = request.Type;
        RequireNamespace(request);
        ObjectIntake.Take(request, sent);
        if (type.HasStatus) sent.Remove("status");
        var value = await admission.MutateAsync(new(request, AdmissionOperation.Create, sent, null));
        ObjectIntake.Default(type, value);
        ObjectMetaRules.Create(type, value, time.GetUtcNow());
        type.Rules.PrepareForCreate(value, store.Current);
        ManagedFields.Record(type, value, [], manager, time.GetUtcNow());
        ObjectIntake.Validate(type, value, null);
        await admission.ValidateAsync(new(request, AdmissionOperation.Create, value, null));

        type.Rules.ToStorage(value);
        var key = request.Key(value.Name());
        if (store.Current.Find(key) is not null) throw ApiException.AlreadyExists(type, key.Name);
        if (request.IsDryRun) return value;
        return store.TryPut(key, null, value) ?? throw ApiException.AlreadyExists(type, key.Name);
    }

    /// <summary>Replaces an object by what <paramref name="edit"/> makes of it; once more, should another write come between.</summary>
    public async Task<JsonObject> UpdateAsync(ResourceRequest request, Func<JsonObject, JsonObject> edit, Manager manager)
    {
        var (type, key) = (request.Type, request.Key(request.Name!));
        while (true)
        {
            var current = store.Current.Find(key) ?? throw ApiException.NotFound(type, key.Name);
            var before = current.Clone();
            type.Rules.FromStorage(before);
            before["apiVersion"] = type.GroupVersion;

            var value = await PrepareAsync(request, edit(before.Clone()), before, manager);
            if (ManagedFields.EqualButForTheirTimes(value, before)) return current;
            type.Rules.ToStorage(value);
            if (request.IsDryRun) return value;
            if (TryStore(type, key, current, value) is { } stored) return stored;
        }
    }

    /// <returns>The object, and whether it has gone (rather than waits for finalizers or its grace period).</returns>
    public async Task<(JsonObject Object, bool IsGone)> DeleteAsync(ResourceRequest request, ObjectKey key, DeleteOptions options)
    {
        while (true)
        {
            var current = store.Current.Find(key) ?? throw ApiException.NotFound(request.Type, key.Name);
            RequirePreconditions(request.Type, current, options.Uid, options.ResourceVersion);
            await admission.ValidateAsync(new(request, AdmissionOperation.Delete, null, current));
            if (request.IsDryRun) return (current, true);

            var grace = request.Type.Rules.GracePeriod(current, options.GracePeriodSeconds) ?? 0;
            if (!current.HasFinalizers() && grace == 0 && !Containers.Is(request.Type))
            {
                if (!TryRemove(key, current)) continue;
                return (current, true);
            }

            if (current.IsTerminating() && (grace > 0 || current.HasFinalizers())) return (current, false);
            if (store.TryPut(key, current, Deletion.Mark(current, time.GetUtcNow(), grace)) is not { } marked) continue;
            if (Containers.Is(request.Type)) containers.Drain(marked);
            return (marked, store.Current.Find(key) is null);
        }
    }

    private async Task<JsonObject> PrepareAsync(ResourceRequest request, JsonObject sent, JsonObject before, Manager manager)
    {
        var type = request.Type;
        RequirePreconditions(type, before, sent["metadata"].Text("uid"), sent.ResourceVersion());
        ObjectIntake.Take(request, sent);
        var value = WithinReach(request, sent, before);
        type.Rules.PrepareForUpdate(value, before);
        value = await admission.MutateAsync(new(request, AdmissionOperation.Update, value, before));
        value = WithinReach(request, value, before);
        ObjectIntake.Default(type, value);
        ObjectMetaRules.CountGeneration(type, value, before);
        ManagedFields.Record(type, value, before, manager, time.GetUtcNow());
        ObjectIntake.Validate(type, value, before);
        await admission.ValidateAsync(new(request, AdmissionOperation.Update, value, before));
        return value;
    }

    /// <summary>What a request may change: of the status subresource the status alone, else all but the status.</summary>
    private static JsonObject WithinReach(ResourceRequest request, JsonObject sent, JsonObject before)
    {
        var value = sent;
        if (request.Subresource is "status")
        {
            value = before.Clone();
            value.CopyMember(sent, "status");
            value.Metadata().CopyMember(sent.Metadata(), "managedFields");
        }
        else if (request.Type.HasStatus) value.CopyMember(before, "status");

        ObjectMetaRules.Update(value, before);
        return value;
    }

    private static void RequirePreconditions(ResourceType type, JsonObject current, string? uid, string? version)
    {
        var currentUid = current["metadata"].Text("uid");
        if (uid is not null && uid != currentUid)
        {
            throw ApiException.Conflict(type, current.Name(), $"Precondition failed: UID in precondition: {uid}, UID in object meta: {currentUid}");
        }

        if (version is not (null or "0") && version != current.ResourceVersion()) throw ApiException.Modified(type, current.Name());
    }

    private void RequireNamespace(ResourceRequest request)
    {
        if (!request.Type.Namespaced) return;
        var found = store.Current.Find(new(BuiltInResources.Namespace.StorageName, "", request.Namespace))
            ?? throw ApiException.NotFound(BuiltInResources.Namespace, request.Namespace);
        if (found.IsTerminating())
        {
            var why = $"unable to create new content in namespace {request.Namespace} because it is being terminated";
            throw ApiException.Forbidden(request.Type, request.Name ?? "", why);
        }
    }

    private JsonObject? TryStore(ResourceType type, ObjectKey key, JsonObject current, JsonObject value)
    {
        if (Deletion.IsDue(value) && !Containers.Is(type)) return TryRemove(key, current) ? value : null;
        var stored = store.TryPut(key, current, value);
        if (Containers.Is(type)) containers.Sweep();
        return stored;
    }

    private bool TryRemove(ObjectKey key, JsonObject current)
    {
        var isRemoved = store.TryRemove(key, current);
        if (isRemoved) containers.Sweep();
        return isRemoved;
    }
}
