using Google.Protobuf;
using Google.Protobuf.Reflection;
using Mesh.Api.Discovery;
using Mesh.Api.Identity;

namespace Mesh.Api.Tests.Discovery;

/// <summary>
/// What proxies and the operator say to each other is understood by neighbouring versions: no field changes its number, name or type, and what
/// an earlier version wrote reads as it did. <c>UPDATE_GOLDEN=1</c> takes in what is new; what is missing is for a person to take out, and
/// breaks meshes that are being upgraded.
/// </summary>
public sealed class WireCompatibilityTests
{
    private static readonly string Golden = Path.Combine(Repository.Root, "tests", "Api.Tests", "Golden");

    private static readonly FileDescriptor[] Files = [DiscoveryReflection.Descriptor, IdentityReflection.Descriptor];

    private static bool Updates => Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";

    /// <summary>Of each version that is still to be understood, its messages: as JSON for people, and as bytes, never to be changed.</summary>
    public static TheoryData<string, string> Recorded() =>
        [.. from version in Directory.GetDirectories(Golden) from messages in Directory.GetFiles(version, "*.json") select (Path.GetFileName(version), Path.GetFileNameWithoutExtension(messages))];

    [Fact]
    public void Descriptors_KeepEveryNumberNameAndType()
    {
        var file = Path.Combine(Golden, "wire.txt");
        string[] now = [.. Files.SelectMany(Lines).Order(StringComparer.Ordinal)];
        var before = File.Exists(file) ? File.ReadAllLines(file) : [];

        Assert.Empty(before.Except(now));
        if (Updates) File.WriteAllLines(file, now);
        else Assert.Equal(before, now);
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void RecordedMessages_ReadAsTheyDid(string version, string messages)
    {
        var file = Path.Combine(Golden, version, messages);
        var parser = ParserOf(messages);
        var expected = Json(file).Select(json => JsonParser.Default.Parse(json, parser)).ToList();
        if (Updates && !File.Exists($"{file}.binpb")) Record($"{file}.binpb", expected);

        Assert.Equal(expected, Read($"{file}.binpb", parser));
    }

    [Fact]
    public void RecordedMessages_OfThisVersion_HaveEveryField()
    {
        var version = typeof(Authority).Assembly.GetName().Version!.ToString(3);
        var seen = new HashSet<string>();
        foreach (var messages in new[] { "proxy", "operator", "certify-request", "certify-response" })
        {
            foreach (var json in Json(Path.Combine(Golden, version, messages))) Collect(JsonParser.Default.Parse(json, ParserOf(messages)), seen);
        }

        Assert.Empty(Files.SelectMany(file => file.MessageTypes).SelectMany(WithNested).SelectMany(message => message.Fields.InDeclarationOrder()).Select(field => field.FullName).Except(seen));
    }

    private static MessageDescriptor ParserOf(string messages) => messages switch
    {
        "proxy" => ProxyMessage.Descriptor,
        "operator" => OperatorMessage.Descriptor,
        "certify-request" => CertifyRequest.Descriptor,
        _ => CertifyResponse.Descriptor,
    };

    private static IEnumerable<string> Json(string file) =>
        System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText($"{file}.json"))!.AsArray().Select(message => message!.ToJsonString());

    private static List<IMessage> Read(string file, MessageDescriptor type)
    {
        using var bytes = File.OpenRead(file);
        var messages = new List<IMessage>();
        while (bytes.Position < bytes.Length) messages.Add(type.Parser.ParseDelimitedFrom(bytes));
        return messages;
    }

    private static void Record(string file, IEnumerable<IMessage> messages)
    {
        using var bytes = File.Create(file);
        foreach (var message in messages) message.WriteDelimitedTo(bytes);
    }

    private static void Collect(IMessage message, HashSet<string> seen)
    {
        foreach (var field in message.Descriptor.Fields.InDeclarationOrder())
        {
            var value = field.Accessor.GetValue(message);
            object?[] values = field.IsMap ? [.. ((System.Collections.IDictionary)value).Values] : field.IsRepeated ? [.. ((System.Collections.IList)value)] : IsSet(field, value, message) ? [value] : [];
            if (values.Length > 0) seen.Add(field.FullName);
            foreach (var nested in values.OfType<IMessage>().Where(nested => Files.Contains(nested.Descriptor.File))) Collect(nested, seen);
        }
    }

    private static bool IsSet(FieldDescriptor field, object? value, IMessage message) =>
        field.HasPresence ? field.Accessor.HasValue(message) : value is not (null or "" or 0 or 0u or 0L or 0ul or false or ByteString { Length: 0 }) && !(value is Enum number && Convert.ToInt32(number, null) == 0);

    private static IEnumerable<MessageDescriptor> WithNested(MessageDescriptor message) => message.NestedTypes.Where(nested => !nested.IsMapEntry).SelectMany(WithNested).Prepend(message);

    private static IEnumerable<string> Lines(FileDescriptor file) =>
        file.MessageTypes.SelectMany(Lines).Concat(file.EnumTypes.SelectMany(Lines)).Concat(file.Services.SelectMany(service => service.Methods.Select(Line)));

    private static IEnumerable<string> Lines(MessageDescriptor message) =>
        message.Fields.InDeclarationOrder().Select(Line).Concat(message.NestedTypes.SelectMany(Lines)).Concat(message.EnumTypes.SelectMany(Lines));

    private static IEnumerable<string> Lines(EnumDescriptor type) => type.Values.Select(value => $"{type.FullName} {value.Number} = {value.Name}");

    // Who reads packed and who reads unpacked reads both; a field that joins or leaves a oneof reads otherwise.
    private static string Line(FieldDescriptor field) =>
        $"{field.ContainingType.FullName} {field.FieldNumber} = {field.Name}: {(field.IsMap ? "map " : field.IsRepeated ? "repeated " : "")}{TypeOf(field)}{(field.RealContainingOneof is { } oneof ? $" of {oneof.Name}" : "")}";

    private static string TypeOf(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.Message => field.MessageType.FullName,
        FieldType.Enum => field.EnumType.FullName,
        var scalar => scalar.ToString().ToLowerInvariant(),
    };

    private static string Line(MethodDescriptor method) =>
        $"{method.FullName}({(method.IsClientStreaming ? "stream " : "")}{method.InputType.FullName}) returns ({(method.IsServerStreaming ? "stream " : "")}{method.OutputType.FullName})";
}
