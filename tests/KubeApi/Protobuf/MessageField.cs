namespace Mesh.KubeApi.Protobuf;

/// <summary>
/// A field of a message: its JSON name and its type; whether it repeats, and whether its zero says something (a pointer in Go).
/// </summary>
internal sealed record MessageField(string Name, string Type, bool IsRepeated = false, bool KeepsZero = false);
