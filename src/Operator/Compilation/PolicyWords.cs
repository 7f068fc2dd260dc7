using Google.Protobuf.WellKnownTypes;
using Mesh.Api.Discovery;
using Mesh.Api.Resources;

namespace Mesh.Operator.Compilation;

/// <summary>What users write, in the words of the discovery protocol. Lists of which the order says nothing are put into one order.</summary>
internal static class PolicyWords
{
    private static readonly MeshDuration OneSecond = new(TimeSpan.FromSeconds(1));

    public static Duration ToProto(this MeshDuration duration) => Duration.FromTimeSpan(duration.Value);

    public static RetryCondition ToProto(this RetryOn on) => on switch
    {
        RetryOn.ConnectFailure => RetryCondition.ConnectFailure,
        RetryOn.RefusedStream => RetryCondition.RefusedStream,
        RetryOn.Reset => RetryCondition.Reset,
        RetryOn.GatewayError => RetryCondition.GatewayError,
        RetryOn.ServerError => RetryCondition.ServerError,
        RetryOn.AttemptTimeout => RetryCondition.AttemptTimeout,
        _ => throw new ArgumentOutOfRangeException(nameof(on), on, null),
    };

    public static LoadBalancerAlgorithm ToProto(this Algorithm algorithm) => algorithm switch
    {
        Algorithm.PeakEwma => LoadBalancerAlgorithm.PeakEwma,
        Algorithm.LeastRequest => LoadBalancerAlgorithm.LeastRequest,
        Algorithm.RoundRobin => LoadBalancerAlgorithm.RoundRobin,
        Algorithm.Random => LoadBalancerAlgorithm.Random,
        Algorithm.RingHash => LoadBalancerAlgorithm.RingHash,
        Algorithm.Maglev => LoadBalancerAlgorithm.Maglev,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, null),
    };

    public static ZonePreference ToProto(this Zone zone) => zone switch
    {
        Zone.Any => ZonePreference.Any,
        Zone.Hints => ZonePreference.Hints,
        Zone.Prefer => ZonePreference.Prefer,
        _ => throw new ArgumentOutOfRangeException(nameof(zone), zone, null),
    };

    // The enum's numbers are the codes of the gRPC specification.
    public static IEnumerable<uint> ToProto(this IEnumerable<GrpcCode> codes) => codes.Distinct().Order().Select(code => (uint)code);

    public static IEnumerable<StatusRange> ToProto(this IEnumerable<StatusCodeRange> codes) =>
        codes.Distinct().OrderBy(code => (code.From, code.To)).Select(code => new StatusRange { From = (uint)code.From, To = (uint)code.To });

    public static Hedging ToProto(this HedgingSettings hedging) => new() { Delay = hedging.Delay?.ToProto(), Percentile = (uint)(hedging.Percentile ?? 0) };

    public static AdaptiveConcurrency ToProto(this AdaptiveSettings adaptive) => new()
    {
        MinLimit = (uint)(adaptive.MinLimit ?? AdaptiveSettings.DefaultMinLimit),
        MaxLimit = (uint)(adaptive.MaxLimit ?? AdaptiveSettings.DefaultMaxLimit),
    };

    public static PriorityRule ToProto(this PrioritySettings rule) => new() { Match = Match(rule), Priority = rule.Priority };

    public static TokenBucket ToProto(this TokenBucketSettings bucket) => new()
    {
        Requests = (uint)bucket.Requests,
        Per = (bucket.Per ?? OneSecond).ToProto(),
        Burst = (uint)(bucket.Burst ?? bucket.Requests),
    };

    public static HashKey ToProto(this HashSettings hash) =>
        hash.Header is { } header ? new() { Header = header.ToLowerInvariant() }
        : hash.Cookie is { } cookie ? new() { Cookie = cookie }
        : new() { Caller = true };

    public static Fault ToProto(this FaultSettings fault)
    {
        var compiled = new Fault
        {
            // Hundredths of a percent.
            Share = (uint)Math.Round((fault.Percent ?? 100) * 100, MidpointRounding.AwayFromZero),
            Match = Match(fault),
            Delay = fault.Delay?.ToProto(),
        };
        if (fault.Abort?.Status is { } status) compiled.Status = (uint)status;
        if (fault.Abort?.GrpcCode is { } code) compiled.GrpcCode = (uint)code;
        return compiled;
    }

    // Header names have no case, and proxies look them up in lower case.
    private static RequestMatch Match(RequestMatchSettings match) => new()
    {
        Header = match.Header is { } header ? new() { Name = header.Name.ToLowerInvariant(), Values = { header.Values ?? [] } } : null,
        Identities = { match.Identities ?? [] },
    };
}
