using System.Globalization;
using Google.Protobuf.Collections;
using k8s.Models;
using Mesh.Api.Discovery;
using Mesh.Api.Resources;
using Rules = Mesh.Api.Discovery.Authorization;

namespace Mesh.Api.Authorization;

/// <summary>From the policies of a pod's namespace to what its proxy decides by.</summary>
public static class AuthorizationCompiler
{
    private const string DefaultHeader = "authorization";

    /// <summary>Compiles what holds for a pod.</summary>
    /// <param name="workload">The pod.</param>
    /// <param name="policies">All policies of its namespace.</param>
    /// <param name="access">Who is let in where no Allow policy applies.</param>
    /// <returns>Null: everyone may do everything.</returns>
    public static Rules? Compile(WorkloadFacts workload, IEnumerable<PolicyVersion> policies, DefaultAuthorization access)
    {
        ArgumentNullException.ThrowIfNull(workload);
        var rules = new Rules { Default = access };
        foreach (var version in InOrder(policies))
        {
            var applicability = Applicability.Of(version.Policy.Spec, workload);
            if (!applicability.Applies) continue;
            if (version.IsReadable) Add(rules, version.Policy, applicability);
            else rules.Policies.Add(Refusing(version.Policy, "unreadable", applicability.Doubt is null ? applicability.Ports : []));
        }
        return rules is { Policies.Count: 0, Issuers.Count: 0, Default: DefaultAuthorization.Everyone } ? null : rules;
    }

    /// <summary>Whether a policy applies to a pod, or may.</summary>
    public static bool Applies(AuthorizationPolicy policy, WorkloadFacts workload)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return Applicability.Of(policy.Spec, workload).Applies;
    }

    /// <summary>What can't be told of a policy and a pod, so that the policy refuses more than it says; null where all is known.</summary>
    public static string? Doubt(AuthorizationPolicy policy, WorkloadFacts workload)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return Applicability.Of(policy.Spec, workload).Doubt;
    }

    /// <summary>The ports of a pod that a port of a service leads to, in their order; none where that can't be told.</summary>
    public static IReadOnlyList<int> PortsOf(V1Service service, V1ServicePort port, WorkloadFacts workload)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(workload);
        return [.. Applicability.TargetPorts(port, [.. workload.Slices(service.Name())], workload.Pod).Order()];
    }

    /// <summary>The older before the newer, then by name: the order in which policies are asked, and in which the first word on an issuer counts.</summary>
    public static IEnumerable<PolicyVersion> InOrder(IEnumerable<PolicyVersion> policies) =>
        policies.OrderBy(version => version.Policy.CreationTimestamp() ?? DateTime.MaxValue).ThenBy(version => version.Policy.Name(), StringComparer.Ordinal);

    /// <summary>The header that carries an issuer's tokens, lower case.</summary>
    public static string HeaderOf(JwtSettings issuer)
    {
        ArgumentNullException.ThrowIfNull(issuer);
        return (issuer.Header ?? DefaultHeader).ToLowerInvariant();
    }

    private static void Add(Rules rules, AuthorizationPolicy policy, Applicability applicability)
    {
        var isShadow = policy.Spec.Mode is PolicyMode.Shadow;
        var action = policy.Spec.Action switch
        {
            PolicyAction.Deny => AuthorizationAction.Deny,
            PolicyAction.Audit => AuthorizationAction.Audit,
            _ => AuthorizationAction.Allow,
        };
        // Where it can't be told whether it applies, or to which port: a Deny to all, and an Allow lets nobody in where it is in doubt.
        if (applicability.Doubt is null || applicability.Ports.Count > 0 || action is not AuthorizationAction.Allow)
            rules.Policies.Add(Compile(policy, action, isShadow, applicability.Doubt is not null && action is not AuthorizationAction.Allow ? [] : applicability.Ports));
        if (applicability.Doubt is not null && action is AuthorizationAction.Allow)
            rules.Policies.Add(new AuthorizationRules { Source = SourceOf(policy), Action = action, Shadow = isShadow });
        if (!isShadow) AddIssuers(rules.Issuers, policy);
    }

    private static AuthorizationRules Refusing(AuthorizationPolicy policy, string rule, IReadOnlyList<int> ports) => new()
    {
        Source = SourceOf(policy),
        Action = AuthorizationAction.Deny,
        Ports = { ports.Select(port => (uint)port) },
        Rules = { new AuthorizationRule { Name = rule } },
    };

    private static AuthorizationRules Compile(AuthorizationPolicy policy, AuthorizationAction action, bool isShadow, IReadOnlyList<int> ports) => new()
    {
        Source = SourceOf(policy),
        Action = action,
        Shadow = isShadow,
        Ports = { ports.Select(port => (uint)port) },
        Rules = { (policy.Spec.Rules ?? []).Select(Compile) },
    };

    private static PolicySource SourceOf(AuthorizationPolicy policy) =>
        new() { Namespace = policy.Namespace() ?? "", Name = policy.Name(), Generation = policy.Metadata.Generation ?? 0 };

    private static AuthorizationRule Compile(AuthorizationRuleSettings rule, int index) => new()
    {
        Name = rule.Name ?? index.ToString(CultureInfo.InvariantCulture),
        From = { (rule.From ?? []).Select(Compile) },
        To = { (rule.To ?? []).Select(Compile) },
        When = { (rule.When ?? []).Select(Compile) },
    };

    private static AuthorizationSource Compile(AuthorizationSourceSettings source) => new()
    {
        Namespaces = { source.Namespaces ?? [] },
        ServiceAccounts = { source.ServiceAccounts ?? [] },
        Identities = { source.Identities ?? [] },
        Cidrs = { source.Cidrs ?? [] },
        Unauthenticated = source.Unauthenticated is true,
    };

    private static AuthorizationOperation Compile(AuthorizationOperationSettings operation) => new()
    {
        Ports = { (operation.Ports ?? []).Select(port => (uint)port) },
        Methods = { operation.Methods ?? [] },
        Paths = { (operation.Paths ?? []).Select(Compile) },
        Hosts = { (operation.Hosts ?? []).Select(host => host.ToLowerInvariant()) },
        Grpc = { (operation.Grpc ?? []).Select(call => new GrpcMatch { Service = call.Service, Method = call.Method ?? "" }) },
    };

    private static PathMatch Compile(PathMatchSettings path) =>
        path.Exact is { } exact ? new() { Exact = exact }
        : path.Prefix is { } prefix ? new() { Prefix = prefix }
        : new() { Template = path.Template ?? "" };

    private static AuthorizationCondition Compile(AuthorizationConditionSettings condition)
    {
        var compiled = new AuthorizationCondition { Values = { condition.Values ?? [] }, Negated = condition.Not is true };
        if (condition.Header is { } header) compiled.Header = header.ToLowerInvariant();
        else compiled.Claim = condition.Claim ?? "";
        return compiled;
    }

    private static void AddIssuers(RepeatedField<JwtIssuer> issuers, AuthorizationPolicy policy)
    {
        foreach (var jwt in policy.Spec.Jwt ?? [])
        {
            var header = HeaderOf(jwt);
            if (issuers.Any(known => known.Issuer == jwt.Issuer && known.Header == header)) continue;
            var issuer = new JwtIssuer { Issuer = jwt.Issuer, Audiences = { jwt.Audiences ?? [] }, Header = header, Forward = jwt.Forward is true };
            if (jwt.Jwks is { } keys) issuer.Jwks = keys;
            else issuer.JwksUri = jwt.JwksUri ?? "";
            issuers.Add(issuer);
        }
    }
}
