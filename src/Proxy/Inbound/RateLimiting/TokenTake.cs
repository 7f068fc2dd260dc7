namespace Mesh.Proxy.Inbound.RateLimiting;

/// <summary>What came of reaching into a bucket.</summary>
/// <param name="Granted">A token was there.</param>
/// <param name="Remaining">Tokens that are left.</param>
/// <param name="Reset">Until the bucket is full, where one was granted; otherwise until there is one.</param>
internal readonly record struct TokenTake(bool Granted, long Remaining, TimeSpan Reset);
