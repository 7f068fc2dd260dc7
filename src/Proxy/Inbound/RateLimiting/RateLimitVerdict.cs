namespace Mesh.Proxy.Inbound.RateLimiting;

/// <summary>What a rate limiter made of a request.</summary>
/// <param name="Admitted">Every limit lets it through.</param>
/// <param name="Limit">The limit that refused it; of those that let it through, the one with the least left.</param>
/// <param name="Take">What came of that limit.</param>
internal readonly record struct RateLimitVerdict(bool Admitted, NamedLimit Limit, TokenTake Take);
