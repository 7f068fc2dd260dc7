using System.Globalization;
using k8s.Models;
using Mesh.Api.Authorization;
using Mesh.Api.Discovery;
using Mesh.Api.Identity;
using Mesh.Cli.Output;

namespace Mesh.Cli.Auth;

/// <summary>Answers as the sidecars of a service's pods do, from the code that they and the operator decide by.</summary>
internal static class AuthCheck
{
    /// <exception cref="UsageException">It makes no sense to ask.</exception>
    public static IReadOnlyList<AuthAnswer> Answer(AuthObjects objects, AuthQuestion question)
    {
        var service = objects.Services.FirstOrDefault(found => found.Name() == question.Service && SpaceOf(found) == question.Namespace)
            ?? throw new UsageException($"--to: there is no Service {question.Namespace}/{question.Service}");
        var port = PortOf(service, question);
        var caller = CallerOf(question.From, objects.Config?.Spec.Identity?.TrustDomain ?? SpiffeId.DefaultTrustDomain);
        return [.. PodsOf(objects, service).Select(pod => Answer(objects, question, service, port, caller, pod)).DistinctBy(answer => (answer.Target, answer.Reason))];
    }

    private static AuthAnswer Answer(AuthObjects objects, AuthQuestion question, V1Service service, V1ServicePort servicePort, SpiffeId? caller, V1Pod pod)
    {
        var ns = question.Namespace;
        var facts = new WorkloadFacts(
            ns, pod.Name(), pod,
            name => objects.Services.FirstOrDefault(found => found.Name() == name && SpaceOf(found) == ns),
            name => objects.Slices.Where(slice => SpaceOf(slice) == ns && slice.GetLabel("kubernetes.io/service-name") == name));
        var policies = objects.Policies.Where(version => SpaceOf(version.Policy) == ns).ToList();
        var access = DefaultAccessAnnotation.Read(objects.Namespaces.FirstOrDefault(space => space.Name() == ns), objects.Config, out var problem);
        var authorizer = new Authorizer(AuthorizationCompiler.Compile(facts, policies, access), ns);
        var port = AuthorizationCompiler.PortsOf(service, servicePort, facts) is [var target, ..] ? target : servicePort.Port;
        var name = objects.Pods.Contains(pod) ? $"pod {ns}/{pod.Name()}" : $"service {ns}/{service.Name()}";
        var remarks = new Remarks();
        if (problem is not null) remarks.Add(problem);
        foreach (var doubt in policies.Select(version => AuthorizationCompiler.Doubt(version.Policy, facts)).OfType<string>().Distinct()) remarks.Add(doubt);
        var request = new AccessRequest { Caller = caller, Address = question.Address, Port = port, Request = question.Request };
        if (question.Request?.Ambiguity is { } ambiguity && authorizer.ReadsPaths(port))
            return new(name, false, $"answered with 400, whoever asks: path: {ambiguity}", [], null, caller?.ToString() ?? "", port, remarks.All);
        var decision = authorizer.Decide(request, remarks);
        var explanation = authorizer.Explain(request, decision);
        return new(name, decision.IsAllowed, explanation.Sentence, explanation.Policies, explanation.Rule, explanation.Caller, port, remarks.All);
    }

    // Manifests mostly have no pods: then one is judged as the service's selector describes it.
    private static List<V1Pod> PodsOf(AuthObjects objects, V1Service service)
    {
        var selector = service.Spec?.Selector ?? new Dictionary<string, string>();
        var pods = selector.Count == 0 ? [] : objects.Pods
            .Where(pod => SpaceOf(pod) == SpaceOf(service) && selector.All(label => pod.GetLabel(label.Key) == label.Value)).ToList();
        return pods.Count > 0 ? pods : [new V1Pod { Metadata = new() { Name = service.Name(), NamespaceProperty = SpaceOf(service), Labels = selector } }];
    }

    private static V1ServicePort PortOf(V1Service service, AuthQuestion question)
    {
        var ports = service.Spec?.Ports ?? [];
        var all = string.Join(", ", ports.Select(port => port.Port.ToString(CultureInfo.InvariantCulture)));
        return question.Port is { } asked
            ? ports.FirstOrDefault(port => port.Port == asked) ?? throw new UsageException($"--to: found port {asked}, expected one of {all}")
            : ports is [var only] ? only : throw new UsageException($"--to: found no port, expected {question.Namespace}/{question.Service} with one of {all}");
    }

    private static SpiffeId? CallerOf(string? from, string trustDomain) =>
        from is null ? null
        : SpiffeId.TryParse(from, out var id) || (from.Split('/') is [var ns, var account] && SpiffeId.TryParse($"spiffe://{trustDomain}/ns/{ns}/sa/{account}", out id)) ? id
        : throw new UsageException($"--from: found {from}, expected NAMESPACE/SERVICE-ACCOUNT or spiffe://trust-domain/ns/namespace/sa/service-account");

    private static string SpaceOf(k8s.IKubernetesObject<V1ObjectMeta> resource) => resource.Metadata.NamespaceProperty ?? "default";

    private sealed class Remarks : IAccessObserver
    {
        private readonly List<string> _all = [];

        public IReadOnlyList<string> All => _all;

        public void Add(string remark) => _all.Add(remark);

        public void Audited(PolicySource policy, string rule) => Add($"counted by rule {rule} of the Audit policy {policy.Namespace}/{policy.Name}");

        public void WouldDecide(PolicySource policy, string rule, bool wouldAllow) =>
            Add($"with the Shadow policy {policy.Namespace}/{policy.Name} in force it would be {(wouldAllow ? "allowed" : "refused")}{(rule.Length > 0 ? $" by rule {rule}" : "")}");
    }
}
