using Google.Protobuf;

namespace Mesh.Proxy.Discovery;

/// <summary>
/// What a later operator says and this proxy can't read. Most of it may be passed over; within a condition it may not: what narrowed it would be
/// gone, and it would hold for everybody.
/// </summary>
internal static class UnknownFields
{
    /// <summary>Whether a message, or one within it, has any.</summary>
    public static bool AreIn<T>(T message)
        where T : class, IMessage<T>, new()
    {
        var known = new MessageParser<T>(() => new T()).WithDiscardUnknownFields(true).ParseFrom(message.ToByteString());
        return known.CalculateSize() != message.CalculateSize();
    }
}
