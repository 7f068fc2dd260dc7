using System.Text.Json.Serialization;
using Mesh.Cli.Output;

namespace Mesh.Cli.Check;

[JsonSerializable(typeof(IReadOnlyList<CheckResult>))]
internal sealed partial class CheckJson : JsonSerializerContext
{
    public static CheckJson Readable { get; } = new(new(ReadableJson.Options));
}
