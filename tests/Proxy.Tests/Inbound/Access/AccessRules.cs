using Mesh.Api.Discovery;

namespace Mesh.Proxy.Tests.Inbound.Access;

/// <summary>What an operator says of who may do what, in short.</summary>
internal static class AccessRules
{
    private static ulong _version = 1000;

    public static void Authorize(this PlayedWorkload workload, MtlsMode mode, DefaultAuthorization access, params IEnumerable<AuthorizationRules> policies) =>
        workload.Set(new() { Version = Interlocked.Increment(ref _version), Mtls = mode, Authorization = new() { Default = access, Policies = { policies } } });

    public static void Authorize(this PlayedWorkload workload, params IEnumerable<AuthorizationRules> policies) =>
        workload.Authorize(MtlsMode.Permissive, DefaultAuthorization.Everyone, policies);

    public static AuthorizationRules Allow(params IEnumerable<AuthorizationRule> rules) => Policy(AuthorizationAction.Allow, rules);

    public static AuthorizationRules Deny(params IEnumerable<AuthorizationRule> rules) => Policy(AuthorizationAction.Deny, rules);

    public static AuthorizationRule Paths(params IEnumerable<PathMatch> paths) => new() { Name = "paths", To = { new AuthorizationOperation { Paths = { paths } } } };

    public static AuthorizationRule From(params IEnumerable<string> accounts) => new() { Name = "from", From = { new AuthorizationSource { ServiceAccounts = { accounts } } } };

    private static AuthorizationRules Policy(AuthorizationAction action, IEnumerable<AuthorizationRule> rules) =>
        new() { Source = new() { Namespace = "shop", Name = "catalog", Generation = 2 }, Action = action, Rules = { rules } };
}
