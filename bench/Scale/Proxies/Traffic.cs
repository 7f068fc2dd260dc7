namespace Mesh.Scale.Proxies;

/// <summary>What has gone over all streams so far: bytes to and from the proxies, framing included, and updates.</summary>
internal readonly record struct Traffic(long Received, long Sent, long Wholes, long Deltas)
{
    public static Traffic operator -(Traffic left, Traffic right) =>
        new(left.Received - right.Received, left.Sent - right.Sent, left.Wholes - right.Wholes, left.Deltas - right.Deltas);
}
