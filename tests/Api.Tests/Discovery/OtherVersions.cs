using Google.Protobuf;

namespace Mesh.Api.Tests.Discovery;

/// <summary>What programs of other versions say on the wire.</summary>
public static class OtherVersions
{
    // Field 99, a varint of 1.
    private static readonly byte[] Unknown = [0x98, 0x06, 0x01];

    private static readonly string Golden = Path.Combine(AppContext.BaseDirectory, "Golden");

    /// <summary>The versions that there are recordings of.</summary>
    public static TheoryData<string> Recorded() => [.. Directory.GetDirectories(Golden).Select(folder => Path.GetFileName(folder))];

    /// <summary>What was recorded of one, from the first message to the last.</summary>
    public static List<T> Said<T>(string version, string program, MessageParser<T> parser)
        where T : IMessage<T>
    {
        using var bytes = File.OpenRead(Path.Combine(Golden, version, $"{program}.binpb"));
        var messages = new List<T>();
        while (bytes.Position < bytes.Length) messages.Add(parser.ParseDelimitedFrom(bytes));
        return messages;
    }

    /// <summary>The message as a later version would send it, with a field that this one doesn't know.</summary>
    public static T Later<T>(T message)
        where T : IMessage<T>, new()
    {
        var later = new T();
        later.MergeFrom([.. message.ToByteArray(), .. Unknown]);
        return later;
    }
}
