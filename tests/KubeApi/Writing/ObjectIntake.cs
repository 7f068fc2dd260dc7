using System.Text.Json.Nodes;
using Mesh.Api.Resources;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Requests;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Schemas;

namespace Mesh.KubeApi.Writing;

/// <summary>Turns what a client sent into an object of its kind: identity checked, unknown fields dealt with, defaults filled in.</summary>
internal static class ObjectIntake
{
    public static void Take(ResourceRequest request, JsonObject value)
    {
        var type = request.Type;
        RequireIdentity(request, value);
        if (!type.IsCustom) DropNulls(value);
        Report(request, UnknownFields.Remove(type.Schema, value));
        if (!type.IsCustom) RequireDecodable(type, value);
        Default(type, value);
    }

    /// <summary>Defaults only: for what an admission webhook has changed.</summary>
    public static void Default(ResourceType type, JsonObject value)
    {
        if (type.IsCustom) StructuralSchema.ApplyDefaults(type.Schema.Structural, value);
        type.Rules.Default(value);
    }

    /// <summary>What is wrong with the object.</summary>
    public static void Validate(ResourceType type, JsonObject value, JsonObject? before)
    {
        var schemaCauses = type.IsCustom ? StructuralSchema.Validate(type.Schema.Structural, value).Select(ToCause) : [];
        var causes = ObjectMetaRules.Validate(value).Concat(schemaCauses).Concat(type.Rules.Validate(value, before)).ToList();
        if (causes.Count > 0) throw ApiException.Invalid(type, value.Name(), causes);
    }

    /// <summary>
    /// kube-apiserver decodes built-in kinds into Go types: what doesn't fit those is no valid request, rather than an invalid
    /// object.
    /// </summary>
    private static void RequireDecodable(ResourceType type, JsonObject value)
    {
        if (StructuralSchema.Validate(type.Schema.Structural, value) is [var error, ..])
        {
            throw ApiException.BadRequest($"{type.Kind} in version \"{type.Version}\" cannot be handled as a {type.Kind}: {error}");
        }
    }

    private static StatusCause ToCause(FieldError error) => error.Found is null
        ? StatusCause.Required(error.Path, $"expected {error.Expected}")
        : StatusCause.Invalid(error.Path, error.Found, $"expected {error.Expected}");

    private static void RequireIdentity(ResourceRequest request, JsonObject value)
    {
        var (type, metadata) = (request.Type, value.Metadata());
        value.Default("apiVersion", type.GroupVersion);
        value.Default("kind", type.Kind);
        Require("apiVersion", value.Text("apiVersion"), type.GroupVersion);
        Require("kind", value.Text("kind"), type.Kind);
        if (type.Namespaced) metadata.Default("namespace", request.Namespace);
        else metadata.Remove("namespace");
        if (type.Namespaced && value.Namespace() != request.Namespace)
        {
            throw ApiException.BadRequest(
                $"the namespace of the provided object does not match the namespace sent on the request ({value.Namespace()}, {request.Namespace})");
        }

        if (request.Name is null) return;
        metadata.Default("name", request.Name);
        if (value.Name() != request.Name)
        {
            throw ApiException.BadRequest($"the name of the object ({value.Name()}) does not match the name on the URL ({request.Name})");
        }
    }

    private static void Require(string field, string? found, string expected)
    {
        if (found != expected)
        {
            throw ApiException.BadRequest($"{field}: found \"{found}\", expected \"{expected}\", the {field} of the URL");
        }
    }

    private static void Report(ResourceRequest request, IReadOnlyList<string> unknown)
    {
        if (unknown.Count == 0 || request.FieldValidation is "Ignore") return;
        var found = unknown.Select(path => $"unknown field \"{path}\"").ToList();
        if (request.FieldValidation is "Strict") throw ApiException.BadRequest($"strict decoding error: {string.Join(", ", found)}");
        request.Warnings.AddRange(found);
    }

    private static void DropNulls(JsonNode? node)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items) DropNulls(item);
        }

        if (node is not JsonObject map) return;
        foreach (var (name, member) in map.ToList())
        {
            if (member is null) map.Remove(name);
            else DropNulls(member);
        }
    }
}
