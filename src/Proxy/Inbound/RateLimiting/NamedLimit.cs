using System.Globalization;

namespace Mesh.Proxy.Inbound.RateLimiting;

/// <summary>One of a policy's limits: <c>total</c>, <c>caller</c> or <c>header</c>.</summary>
internal sealed record NamedLimit(string Name, TokenRate Rate)
{
    /// <summary>
    /// As RateLimit-Policy says it: <c>"total";q=100;w=1</c>. Windows are whole seconds there, so a shorter or crooked one is said as
    /// the same rate over the next whole one. A burst other than the quota is a parameter of ours.
    /// Source: draft-ietf-httpapi-ratelimit-headers-10.
    /// </summary>
    public string Policy { get; } = PolicyOf(Name, Rate);

    /// <summary>As RateLimit says it: <c>"total";r=42;t=1</c>.</summary>
    public string Say(TokenTake take) => string.Create(CultureInfo.InvariantCulture, $"\"{Name}\";r={take.Remaining};t={Seconds(take.Reset)}");

    private static string PolicyOf(string name, TokenRate rate)
    {
        var window = Math.Max(Seconds(rate.Per), 1);
        var quota = (long)(rate.Requests * (window / rate.Per.TotalSeconds));
        var burst = rate.Burst == quota ? "" : string.Create(CultureInfo.InvariantCulture, $";mesh-burst={rate.Burst}");
        return string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={quota};w={window}{burst}");
    }

    private static long Seconds(TimeSpan time) => (long)Math.Ceiling(time.TotalSeconds);
}
