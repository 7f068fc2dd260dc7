using System.Globalization;
using Mesh.Api.Resources;

namespace Mesh.Proxy.Inbound.RateLimiting;

/// <summary>How fast a bucket fills, and how much it holds: what all buckets of one limit share.</summary>
internal sealed class TokenRate
{
    private readonly string _text;

    public TokenRate(Api.Discovery.TokenBucket rate, TimeProvider time)
    {
        var per = rate.Per.ToTimeSpan();
        Time = time;
        Requests = rate.Requests;
        Per = per;
        Burst = Math.Max(rate.Burst, 1);
        Interval = Math.Max((long)(per.TotalSeconds * time.TimestampFrequency / rate.Requests), 1);
        Capacity = (long)Int128.Min((Int128)Interval * Burst, long.MaxValue / 2);
        _text = string.Create(CultureInfo.InvariantCulture, $"{Requests} per {new MeshDuration(per)}, burst {Burst}");
    }

    public TimeProvider Time { get; }

    /// <summary>Tokens for each <see cref="Per"/>.</summary>
    public uint Requests { get; }

    public TimeSpan Per { get; }

    /// <summary>Tokens in a full bucket; at least 1.</summary>
    public uint Burst { get; }

    /// <summary>Between two tokens, in the clock's timestamps.</summary>
    public long Interval { get; }

    /// <summary>For a bucket to fill, in the clock's timestamps.</summary>
    public long Capacity { get; }

    /// <summary><c>100 per 1s, burst 200</c>.</summary>
    public override string ToString() => _text;
}
