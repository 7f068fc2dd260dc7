using System.Text.Json.Serialization;
using Mesh.Cli.Output;

namespace Mesh.Cli.Lint;

[JsonSerializable(typeof(LintReport))]
internal sealed partial class LintJson : JsonSerializerContext
{
    public static LintJson Readable { get; } = new(new(ReadableJson.Options));
}
