using System.Net;
using Mesh.Api.Authorization;
using Mesh.Api.Discovery;
using Rules = Mesh.Api.Discovery.Authorization;

namespace Mesh.Api.Tests.Authorization;

/// <summary>What discovery.proto says of a decision, word for word and without regard to cost.</summary>
internal static class ReferenceEvaluator
{
    public static bool IsAllowed(Rules rules, string ownNamespace, AccessRequest request)
    {
        var applying = rules.Policies.Where(policy => !policy.Shadow && (policy.Ports.Count == 0 || policy.Ports.Contains((uint)request.Port))).ToList();
        if (Of(AuthorizationAction.Deny).Any(policy => policy.Rules.Any(rule => Matches(rule, request, unknown: true)))) return false;
        if (Of(AuthorizationAction.Allow).Any()) return Of(AuthorizationAction.Allow).Any(policy => policy.Rules.Any(rule => Matches(rule, request, unknown: false)));
        return rules.Default switch
        {
            DefaultAuthorization.Everyone => true,
            DefaultAuthorization.Mesh => request.Caller is not null,
            DefaultAuthorization.SameNamespace => request.Caller?.Namespace == ownNamespace,
            _ => false,
        };

        IEnumerable<AuthorizationRules> Of(AuthorizationAction action) => applying.Where(policy => policy.Action == action);
    }

    public static bool GlobMatches(string pattern, string text) =>
        pattern.Length == 0 ? text.Length == 0
        : pattern[0] is '*' ? Enumerable.Range(0, text.Length + 1).Any(taken => GlobMatches(pattern[1..], text[taken..]))
        : text.Length > 0 && text[0] == pattern[0] && GlobMatches(pattern[1..], text[1..]);

    private static bool Matches(AuthorizationRule rule, AccessRequest request, bool unknown) =>
        (rule.From.Count == 0 || rule.From.Any(source => Matches(source, request)))
        && (rule.To.Count == 0 || rule.To.Any(operation => Matches(operation, request, unknown)))
        && rule.When.All(condition => Matches(condition, request, unknown));

    private static bool Matches(AuthorizationSource source, AccessRequest request) =>
        OneOf(source.Namespaces, ns => ns == request.Caller?.Namespace)
        && OneOf(source.ServiceAccounts, account => account == request.Caller?.Workload)
        && OneOf(source.Identities, pattern => request.Caller is not null && GlobMatches(pattern, request.Caller.ToString()))
        && OneOf(source.Cidrs, cidr => request.Address is not null && IPNetwork.Parse(cidr.Contains('/', StringComparison.Ordinal) ? cidr : $"{cidr}/32").Contains(request.Address))
        && (!source.Unauthenticated || request.Caller is null);

    private static bool Matches(AuthorizationOperation operation, AccessRequest request, bool unknown)
    {
        if (!OneOf(operation.Ports, port => port == request.Port)) return false;
        if (operation.Methods.Count + operation.Paths.Count + operation.Hosts.Count + operation.Grpc.Count == 0) return true;
        if (request.Request is not { } asked) return unknown;
        return OneOf(operation.Methods, method => method == asked.Method)
            && OneOf(operation.Paths, path => Matches(path, Segments(asked.Path)))
            && OneOf(operation.Hosts, host => Host(asked.Host) is var name && (host.StartsWith("*.", StringComparison.Ordinal) ? name.Length > host.Length - 1 && name.EndsWith(host[1..], StringComparison.Ordinal) : name == host))
            && OneOf(operation.Grpc, call => Segments(asked.Path) is [var service, var method] && service == call.Service && (call.Method.Length == 0 || method == call.Method));
    }

    private static string Host(string authority) => authority.Split(':')[0].ToLowerInvariant().TrimEnd('.');

    private static string[] Segments(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries);

    private static bool Matches(PathMatch match, string[] path) => match.MatchCase switch
    {
        PathMatch.MatchOneofCase.Exact => Segments(match.Exact).SequenceEqual(path),
        PathMatch.MatchOneofCase.Prefix => Segments(match.Prefix) is var prefix && path.Take(prefix.Length).SequenceEqual(prefix),
        _ => Fits(Segments(match.Template), path),
    };

    private static bool Fits(string[] template, string[] path) =>
        template is ["{**}"] ? true
        : template.Length == 0 || path.Length == 0 ? template.Length == path.Length
        : (template[0].StartsWith('{') || template[0] == path[0]) && Fits(template[1..], path[1..]);

    private static bool Matches(AuthorizationCondition condition, AccessRequest request, bool unknown)
    {
        if (request.Request is not PlayedRequest asked) return unknown;
        var found = condition.SubjectCase is AuthorizationCondition.SubjectOneofCase.Header ? asked.Headers.GetValueOrDefault(condition.Header) : null;
        return condition.Negated != (found is not null && OneOf(condition.Values, pattern => GlobMatches(pattern, found)));
    }

    private static bool OneOf<T>(IReadOnlyCollection<T> values, Func<T, bool> holds) => values.Count == 0 || values.Any(holds);
}
