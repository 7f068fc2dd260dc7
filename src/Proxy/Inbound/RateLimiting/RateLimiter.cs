using System.Security.Cryptography;
using System.Text;
using Mesh.Api.Discovery;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Inbound.RateLimiting;

/// <summary>
/// A policy's rate limits, each of which must let a request through. A request that one of them refuses takes nothing from the
/// others: a caller that sends too much doesn't use up what is there for all.
/// </summary>
internal sealed class RateLimiter
{
    // Longer values, tokens for instance, are kept as a digest: 64 characters too.
    private const int LongestKey = 64;

    private readonly NamedLimit? _total, _caller, _header;
    private readonly TokenBucket? _all;
    private readonly PartitionedBuckets<Caller>? _callers;
    private readonly PartitionedBuckets<string>? _values;

    /// <param name="config">At least one limit.</param>
    /// <param name="time">The clock.</param>
    public RateLimiter(RateLimit config, TimeProvider time)
    {
        Config = config;
        if (config.Total is { } total) (_total, _all) = New("total", total, time, rate => new TokenBucket(rate));
        if (config.Caller is { } caller) (_caller, _callers) = New("caller", caller, time, rate => new PartitionedBuckets<Caller>(rate));
        if (config.Header is { } header) (_header, _values) = New("header", header, time, rate => new PartitionedBuckets<string>(rate));
        Policy = string.Join(", ", new[] { _total, _caller, _header }.OfType<NamedLimit>().Select(limit => limit.Policy));
    }

    /// <summary>What it was made from.</summary>
    public RateLimit Config { get; }

    /// <summary>All limits, as RateLimit-Policy says them.</summary>
    public string Policy { get; }

    /// <summary>Buckets kept for callers.</summary>
    public int Callers => _callers?.Count ?? 0;

    /// <summary>Buckets kept for values of the header.</summary>
    public int HeaderValues => _values?.Count ?? 0;

    public static bool IsSet(RateLimit? config) => config is not null && (config.Total ?? config.Caller ?? config.Header) is not null;

    public RateLimitVerdict Admit(HttpRequestMessage request, Caller caller)
    {
        var buckets = new Buckets(_callers?.Of(PartitionOf(caller)), _values?.Of(ValueOf(request)), _all);
        var tightest = new RateLimitVerdict(true, null!, new(true, long.MaxValue, default));

        if (!Take(buckets.Caller, _caller, ref tightest)) return tightest;
        if (!Take(buckets.Value, _header, ref tightest))
        {
            buckets.Caller?.Return();
            return tightest;
        }
        if (!Take(buckets.All, _total, ref tightest))
        {
            buckets.Caller?.Return();
            buckets.Value?.Return();
        }
        return tightest;
    }

    private static (NamedLimit Limit, T Buckets) New<T>(string name, Api.Discovery.TokenBucket config, TimeProvider time, Func<TokenRate, T> buckets)
    {
        var rate = new TokenRate(config, time);
        return (new(name, rate), buckets(rate));
    }

    private static bool Take(TokenBucket? bucket, NamedLimit? limit, ref RateLimitVerdict tightest)
    {
        if (bucket is null) return true;
        var take = bucket.TryTake();
        if (!take.Granted) tightest = new(false, limit!, take);
        else if (take.Remaining < tightest.Take.Remaining) tightest = new(true, limit!, take);
        return take.Granted;
    }

    // Who has an identity has one bucket, wherever it calls from.
    private static Caller PartitionOf(Caller caller) => caller.Identity.Length > 0 ? caller with { Address = null } : caller;

    private string ValueOf(HttpRequestMessage request)
    {
        if (!MessageFields.TryGet(request, Config.HeaderName, out var values)) return "";
        var value = MessageFields.Line(values);
        return value.Length <= LongestKey ? value : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)));
    }

    private readonly record struct Buckets(TokenBucket? Caller, TokenBucket? Value, TokenBucket? All);
}
