using System.Globalization;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Authorization;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Ownership;
using Mesh.KubeApi.Patching;
using Mesh.KubeApi.Reading;
using Mesh.KubeApi.Requests;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Storage;
using Mesh.KubeApi.Writing;

namespace Mesh.KubeApi.Serving;

/// <summary>The verbs of a resource, by HTTP method.</summary>
internal sealed class ResourceEndpoint(Store store, Authorizer authorizer, ObjectReader reader, ObjectWriter writer, Watches watches, IPodAccess? pods, TimeProvider time)
{
    public Task ServeAsync(ResourceRequest request)
    {
        if (request is { Type.Kind: "Pod", Name: { } pod, Subresource: "log" or "exec" } && pods is not null)
        {
            reader.Get(request);
            return request.Subresource is "log"
                ? pods.ServeLogAsync(request.Http, request.Namespace, pod)
                : pods.ServeExecAsync(request.Http, request.Namespace, pod);
        }

        if (request.Subresource is not null && (request.Subresource is not "status" || !request.Type.HasStatus))
        {
            throw ApiException.NoSuchPath();
        }

        return (request.Http.Request.Method, request.Name) switch
        {
            ("GET", null) when request.IsWatch => watches.ServeAsync(request),
            ("GET", null) => AnswerAsync(request, reader.List(request)),
            ("GET", _) => AnswerAsync(request, reader.Get(request)),
            ("POST", null) => CreateAsync(request),
            ("PUT", not null) => ReplaceAsync(request),
            ("PATCH", not null) => PatchAsync(request),
            ("DELETE", not null) => DeleteAsync(request),
            ("DELETE", null) => DeleteCollectionAsync(request),
            _ => throw ApiException.MethodNotAllowed(),
        };
    }

    private async Task CreateAsync(ResourceRequest request)
    {
        if (request.Type.Namespaced && request.Namespace.Length == 0) throw ApiException.MethodNotAllowed();
        var created = await writer.CreateAsync(request, await RequestBody.ReadObjectAsync(request.Http), Updater(request));
        await AnswerAsync(request, new Representation(request, time).Single(created), StatusCodes.Status201Created);
    }

    private async Task ReplaceAsync(ResourceRequest request)
    {
        var sent = await RequestBody.ReadObjectAsync(request.Http);
        var stored = await writer.UpdateAsync(request, _ => sent.Clone(), Updater(request));
        await AnswerAsync(request, new Representation(request, time).Single(stored));
    }

    private async Task PatchAsync(ResourceRequest request)
    {
        var patch = await RequestBody.ReadAsync(request.Http);
        if (Patch.IsApply(request))
        {
            await ApplyAsync(request, patch as JsonObject ?? throw ApiException.BadRequest("an apply patch is an object"));
            return;
        }

        var edit = Patch.Read(request, patch);
        var stored = await writer.UpdateAsync(request, edit, Updater(request));
        await AnswerAsync(request, new Representation(request, time).Single(stored));
    }

    private async Task ApplyAsync(ResourceRequest request, JsonObject applied)
    {
        if (request.Query("fieldManager") is null)
        {
            throw ApiException.BadRequest("fieldManager: Required value: is required for apply patch");
        }

        var manager = Updater(request) with { Operation = "Apply" };
        var apply = new ServerSideApply(request.Type, manager, request.Flag("force"), time);
        var exists = request.Subresource is not null || store.Current.Find(request.Key(request.Name!)) is not null;
        if (!exists) authorizer.Demand(User.Of(request.Http), RequestAttributes.Of(request.Http.Request) with { Verb = "create" });
        var stored = exists
            ? await writer.UpdateAsync(request, before => apply.Apply(before, applied), manager)
            : await writer.CreateAsync(request, apply.Apply([], applied), manager);
        await AnswerAsync(request, new Representation(request, time).Single(stored), exists ? StatusCodes.Status200OK : StatusCodes.Status201Created);
    }

    private async Task DeleteAsync(ResourceRequest request)
    {
        var options = DeleteOptions.Read(request, await RequestBody.ReadOptionalAsync(request.Http));
        var (deleted, isGone) = await writer.DeleteAsync(request, request.Key(request.Name!), options);
        var isStatus = isGone && !request.Type.Rules.DeleteReturnsObject;
        await AnswerAsync(request, isStatus ? Success(request.Type, deleted) : new Representation(request, time).Single(deleted));
    }

    private async Task DeleteCollectionAsync(ResourceRequest request)
    {
        var options = DeleteOptions.Read(request, await RequestBody.ReadOptionalAsync(request.Http));
        var deleted = new List<JsonObject>();
        foreach (var (key, _) in Selection.Of(request).In(store.Current))
        {
            deleted.Add((await writer.DeleteAsync(request with { Namespace = key.Namespace, Name = key.Name }, key, options)).Object);
        }

        var version = store.Current.Version.ToString(CultureInfo.InvariantCulture);
        await AnswerAsync(request, new Representation(request, time).List(deleted, Representation.ListMetadata(version)));
    }

    private static Manager Updater(ResourceRequest request) => new(request.FieldManager, "Update", request.Subresource ?? "");

    private static JsonObject Success(ResourceType type, JsonObject deleted) => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Success",
        ["details"] = new JsonObject
        {
            ["name"] = deleted.Name(),
            ["group"] = type.Group,
            ["kind"] = type.Plural,
            ["uid"] = deleted["metadata"].Text("uid"),
        },
    };

    private static Task AnswerAsync(ResourceRequest request, JsonObject body, int status = StatusCodes.Status200OK)
    {
        foreach (var warning in request.Warnings.Distinct())
        {
            request.Http.Response.Headers.Append("Warning", $"299 - {JsonText.Quote(warning)}");
        }

        return ResponseBody.WriteAsync(request.Http, body, status);
    }
}
