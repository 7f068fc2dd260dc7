using System.Text.Json.Nodes;
using Google.Protobuf;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Resources;

namespace Mesh.KubeApi.Protobuf;

/// <summary>
/// Bodies in Kubernetes' protobuf, which Go clients since 1.32 send where they know the kind. They are turned into JSON; answers
/// are always JSON, which the same clients accept.
/// </summary>
internal static class ProtobufBody
{
    public const string ContentType = "application/vnd.kubernetes.protobuf";

    private static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    /// <exception cref="ApiException">It's of a kind, or has a field, that <see cref="Messages"/> doesn't have.</exception>
    public static JsonObject Read(byte[] body)
    {
        if (!body.AsSpan().StartsWith(Magic))
        {
            throw ApiException.BadRequest("the request's body doesn't start as Kubernetes' protobuf does");
        }

        var envelope = Message("Unknown", new CodedInputStream(body[Magic.Length..]));
        var (apiVersion, kind) = (envelope["typeMeta"].Text("apiVersion"), envelope["typeMeta"].Text("kind") ?? "");
        var raw = Convert.FromBase64String(envelope.Text("raw") ?? "");
        var value = new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = kind };
        foreach (var (name, member) in Message(kind, new CodedInputStream(raw)).ToList()) value[name] = member?.DeepClone();
        return value;
    }

    private static JsonObject Message(string type, CodedInputStream input)
    {
        var fields = Messages.Find(type) ?? throw Unread($"messages of type {type}");
        var message = new JsonObject();
        while (input.ReadTag() is not 0 and var tag)
        {
            var number = WireFormat.GetTagFieldNumber(tag);
            var field = fields.GetValueOrDefault(number) ?? throw Unread($"field {number} of {type}");
            if (field.Type is "ignored") input.SkipLastField();
            else if (field.Type.StartsWith("map-", StringComparison.Ordinal)) AddEntry(message, field, input);
            else if (Value(field, input) is { } value) Add(message, field, value);
        }

        return message;
    }

    private static void Add(JsonObject message, MessageField field, JsonNode value)
    {
        if (!field.IsRepeated) message[field.Name] = value;
        else if (message[field.Name] is JsonArray items) items.Add(value);
        else message[field.Name] = new JsonArray(value);
    }

    private static void AddEntry(JsonObject message, MessageField field, CodedInputStream input)
    {
        var entry = new CodedInputStream(input.ReadBytes().ToByteArray());
        var (key, value) = ("", (JsonNode?)"");
        while (entry.ReadTag() is not 0 and var tag)
        {
            if (WireFormat.GetTagFieldNumber(tag) == 1) key = entry.ReadString();
            else value = Value(new(field.Name, field.Type["map-".Length..], KeepsZero: true), entry);
        }

        message.Default(field.Name, new JsonObject());
        message[field.Name]![key] = value;
    }

    /// <summary>A value, or null for a zero that says no more than absence.</summary>
    private static JsonNode? Value(MessageField field, CodedInputStream input)
    {
        switch (field.Type)
        {
            case "string":
                var text = input.ReadString();
                return text.Length > 0 || field.KeepsZero || field.IsRepeated ? text : null;
            case "bytes":
                return input.ReadBytes().ToBase64();
            case "int":
                var number = input.ReadInt64();
                return number != 0 || field.KeepsZero ? number : null;
            case "bool":
                var flag = input.ReadBool();
                return flag || field.KeepsZero ? flag : null;
        }

        var message = Message(field.Type, new CodedInputStream(input.ReadBytes().ToByteArray()));
        return field.Type switch
        {
            "IntOrString" => message.Text("strVal") is { } name ? name : message["intVal"]?.DeepClone(),
            "Quantity" => message.Text("string"),
            _ => message.Count > 0 || field.IsRepeated ? message : null,
        };
    }

    private static ApiException Unread(string what) => ApiException.BadRequest(
        $"the stand-in API server doesn't read {what} in protobuf (tests/KubeApi/Protobuf/Messages.cs lists what it reads); send JSON");
}
