using k8s;
using k8s.Models;
using Mesh.Api.Identity;
using Mesh.Api.Injection;
using Mesh.Api.Resources;

namespace Mesh.Operator.Tests.Injection;

/// <summary>A pod as it may come, and what becomes of it.</summary>
/// <param name="What">In a few words; its golden file is named after it.</param>
/// <param name="Outcome">injected, or "left alone: why", or "refused: why"; an exclamation mark after it: whoever creates it is warned.</param>
/// <param name="Metadata">Annotations and labels, as YAML.</param>
/// <param name="Spec">The pod's spec, as YAML.</param>
internal sealed record PodShape(string What, string Outcome, string Metadata, string Spec)
{
    /// <summary>One container that says nothing.</summary>
    public const string Plain = "containers: [{name: app, image: shop/catalog:1}]";

    public static readonly SidecarOptions Mesh = new("registry.example.com/mesh/proxy:1.2.3", "mesh-system") { ImageRegistries = ["registry.example.com:5000", "mirror.example.com/mesh"] };

    public string Namespace { get; init; } = "shop";

    /// <summary>What the namespace's annotation says; null: it has none.</summary>
    public string? NamespaceWord { get; init; } = "true";

    public InterceptionMode Interception { get; init; } = InterceptionMode.Init;

    public bool NativeSidecars { get; init; } = true;

    public bool HasIdentity { get; init; }

    public string FileName => string.Concat(What.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c == '.' ? c : '-')).Replace("--", "-").Trim('-');

    public V1Pod Pod => KubernetesYaml.Deserialize<V1Pod>($$"""
        apiVersion: v1
        kind: Pod
        metadata: {name: catalog{{(Metadata.Length > 0 ? ", " + Metadata : "")}}}
        spec:
        {{string.Join('\n', Spec.Split('\n').Select(line => "  " + line))}}
        """);

    public SidecarOptions Options => Mesh with
    {
        Interception = Interception,
        NativeSidecars = NativeSidecars,
        Identity = HasIdentity ? new(new SpiffeId("cluster.local", "mesh-system", "mesh-operator"), "-----BEGIN CERTIFICATE-----") : null,
    };

    public InjectionDecision Decide(V1Pod pod) => PodInjector.Decide(
        pod, Namespace, NamespaceWord is { } word ? new Dictionary<string, string> { [MeshApi.InjectAnnotation] = word } : null, Options);

    public static string Describe(InjectionDecision decision) => decision switch
    {
        InjectionDecision.Inject { Warnings.Count: > 0 } inject => $"injected! {string.Join("; ", inject.Warnings)}",
        InjectionDecision.Inject => "injected",
        InjectionDecision.LeaveAlone { AgainstTheWish: true } alone => $"left alone! {alone.Reason}",
        InjectionDecision.LeaveAlone alone => $"left alone: {alone.Reason}",
        InjectionDecision.Deny deny => $"refused: {deny.Reason}",
        _ => throw new ArgumentException($"{decision}", nameof(decision)),
    };

    public override string ToString() => What;
}
