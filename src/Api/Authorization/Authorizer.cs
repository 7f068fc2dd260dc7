using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Mesh.Api.Discovery;
using Rules = Mesh.Api.Discovery.Authorization;

namespace Mesh.Api.Authorization;

/// <summary>
/// Decides who may do what in one pod: what a Deny policy matches is refused; where Allow policies apply, what none matches is; the
/// rest is as the default says. Built once for each update; a decision allocates nothing.
/// </summary>
public sealed class Authorizer
{
    private readonly PolicyMatcher[] _deny;
    private readonly PolicyMatcher[] _allow;
    private readonly PolicyMatcher[] _audit;
    private readonly PolicyMatcher[] _shadow;
    private readonly PolicyMatcher[] _readPaths;
    private readonly DefaultAuthorization _default;
    private readonly string _namespace;

    /// <param name="rules">What the operator said; null: everyone may do everything.</param>
    /// <param name="ownNamespace">The pod's own.</param>
    /// <exception cref="FormatException">Something in it can't be read.</exception>
    public Authorizer(Rules? rules, string ownNamespace)
    {
        var policies = rules?.Policies.Select(policy => new PolicyMatcher(policy)).ToArray() ?? [];
        _deny = [.. policies.Where(policy => policy is { Action: AuthorizationAction.Deny, IsShadow: false })];
        _allow = [.. policies.Where(policy => policy is { Action: AuthorizationAction.Allow, IsShadow: false })];
        _audit = [.. policies.Where(policy => policy.Action is AuthorizationAction.Audit)];
        _shadow = [.. policies.Where(policy => policy.IsShadow && policy.Action is not AuthorizationAction.Audit)];
        _readPaths = [.. _deny.Concat(_allow).Where(policy => policy.ReadsPath)];
        _default = rules?.Default ?? DefaultAuthorization.Everyone;
        _namespace = ownNamespace;
        Issuers = [.. rules?.Issuers ?? []];
    }

    /// <summary>Everyone may do everything, and nothing is counted.</summary>
    public static Authorizer Open { get; } = new(null, "");

    /// <summary>Whose tokens are verified.</summary>
    public IReadOnlyList<JwtIssuer> Issuers { get; }

    /// <summary>There is nothing to decide: everyone may do everything, and nothing is counted.</summary>
    public bool IsOpen => _deny.Length + _allow.Length + _audit.Length + _shadow.Length + Issuers.Count == 0 && _default is DefaultAuthorization.Everyone;

    /// <summary>Whether a request's path makes a difference at a port, so that it must have one reading only.</summary>
    public bool ReadsPaths(int port)
    {
        foreach (var policy in _readPaths)
        {
            if (policy.AppliesTo(port)) return true;
        }
        return false;
    }

    /// <summary>Decides.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="observer">Is told what Audit and Shadow see. Default: nobody is.</param>
    public AccessDecision Decide(in AccessRequest request, IAccessObserver? observer = null)
    {
        var decision = Decide(request, withShadow: false, out _);
        if (observer is null) return decision;
        foreach (var policy in _audit)
        {
            if (policy.AppliesTo(request.Port) && policy.Find(request) is { } rule) observer.Audited(policy.Source, rule.Name);
        }
        if (_shadow.Length == 0) return decision;
        var other = Decide(request, withShadow: true, out var because);
        if (other.IsAllowed != decision.IsAllowed && because is not null) observer.WouldDecide(because.Source, other.Rule ?? "", other.IsAllowed);
        return decision;
    }

    /// <summary>Puts a decision into words.</summary>
    public AccessExplanation Explain(in AccessRequest request, in AccessDecision decision)
    {
        var caller = request.Caller?.ToString() ?? request.Address?.ToString() ?? "somebody unknown";
        var port = request.Port;
        var allow = _allow.Where(policy => policy.AppliesTo(port)).Select(policy => policy.Text).ToArray();
        string[] decided = decision switch
        {
            { Policy: { } policy } => [Text(policy)],
            { Reason: AccessReason.NotAllowed } => allow,
            _ => [],
        };
        var why = decision.Reason switch
        {
            AccessReason.Denied => $"rule {decision.Rule} of the Deny policy {decided[0]} matches",
            AccessReason.Allowed => $"rule {decision.Rule} of the Allow policy {decided[0]} matches",
            AccessReason.NotAllowed => $"no rule of {string.Join(", ", decided)} allows it",
            _ => $"no Allow policy applies and the default {(_default, decision.IsAllowed) switch
            {
                (DefaultAuthorization.Everyone, _) => "lets everyone in",
                (DefaultAuthorization.Mesh, true) => "lets in whoever proves an identity",
                (DefaultAuthorization.Mesh, false) => "lets in only who proves an identity",
                (DefaultAuthorization.SameNamespace, true) => $"lets in the namespace {_namespace}",
                (DefaultAuthorization.SameNamespace, false) => $"lets in only the namespace {_namespace}",
                _ => "lets nobody in",
            }}",
        };
        var what = request.Request is { } asked ? $"{asked.Method} {asked.Path}" : "connect";
        var sentence = string.Create(CultureInfo.InvariantCulture, $"{caller} {(decision.IsAllowed ? "may" : "may not")} {what} at port {port}: {why}");
        return new(sentence, decided, decision.Rule, caller);
    }

    private static string Text(PolicySource source) => string.Create(CultureInfo.InvariantCulture, $"{source.Namespace}/{source.Name}@{source.Generation}");

    private AccessDecision Decide(in AccessRequest request, bool withShadow, out PolicyMatcher? because)
    {
        if (Find(_deny, request, out because) is { } denied || (withShadow && FindShadow(AuthorizationAction.Deny, request, out because, out denied)))
            return new(false, AccessReason.Denied, because!.Source, denied.Name);
        if (Find(_allow, request, out because) is { } allowed || (withShadow && FindShadow(AuthorizationAction.Allow, request, out because, out allowed)))
            return new(true, AccessReason.Allowed, because!.Source, allowed.Name);
        because = withShadow ? Applying(_shadow, request.Port) : null;
        if (because is not null || Applying(_allow, request.Port) is not null) return new(false, AccessReason.NotAllowed);
        return new(IsLetIn(request), AccessReason.Default);
    }

    private static RuleMatcher? Find(PolicyMatcher[] policies, in AccessRequest request, out PolicyMatcher? because)
    {
        foreach (var policy in policies)
        {
            if (!policy.AppliesTo(request.Port) || policy.Find(request) is not { } rule) continue;
            because = policy;
            return rule;
        }
        because = null;
        return null;
    }

    private bool FindShadow(AuthorizationAction action, in AccessRequest request, out PolicyMatcher? because, [NotNullWhen(true)] out RuleMatcher? found)
    {
        foreach (var policy in _shadow)
        {
            if (policy.Action != action || !policy.AppliesTo(request.Port) || policy.Find(request) is not { } rule) continue;
            (because, found) = (policy, rule);
            return true;
        }
        (because, found) = (null, null);
        return false;
    }

    /// <summary>The first Allow policy that applies.</summary>
    private static PolicyMatcher? Applying(PolicyMatcher[] policies, int port)
    {
        foreach (var policy in policies)
        {
            if (policy.Action is AuthorizationAction.Allow && policy.AppliesTo(port)) return policy;
        }
        return null;
    }

    private bool IsLetIn(in AccessRequest request) => _default switch
    {
        DefaultAuthorization.Everyone => true,
        DefaultAuthorization.Mesh => request.Caller is not null,
        DefaultAuthorization.SameNamespace => request.Caller is { } caller && caller.Namespace == _namespace,
        _ => false,
    };
}
