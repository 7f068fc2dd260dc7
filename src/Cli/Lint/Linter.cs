using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Cli.Lint;

/// <summary>Judges manifests as the operator would, and as a whole: what one refers to should be among the others.</summary>
internal static class Linter
{
    public static LintReport Lint(IEnumerable<ManifestText> texts)
    {
        var files = texts.Select(t => (t.File, Content: ManifestReader.Read(t.File, t.Text))).ToArray();
        var findings = files.SelectMany(f => f.Content.Errors).Select(e => new Finding(Severity.Error, e.File, e.Line, e.Object, e.Message))
            .Concat(Repeated(files))
            .Concat(UnresolvedTargets(files))
            .Concat(UnresolvedServices(files))
            .Concat(UnusedConfigs(files));
        return new(
            files.Length,
            files.Sum(f => f.Content.Objects.Count + f.Content.Refused.Count),
            files.Sum(f => f.Content.Ignored.Count),
            [.. findings]);
    }

    private static IEnumerable<Finding> Repeated((string File, ManifestFile Content)[] files)
    {
        var firsts = new Dictionary<ObjectKey, string>();
        foreach (var (file, content) in files)
        {
            foreach (var key in content.Objects.Select(ObjectKey.Of).Concat(content.Refused).Distinct())
            {
                if (!firsts.TryAdd(key, file))
                    yield return new(Severity.Warning, file, null, key.ToString(), $"found in {firsts[key]} too, expected in one file");
            }
        }
    }

    private static IEnumerable<Finding> UnresolvedServices((string File, ManifestFile Content)[] files)
    {
        var services = files.SelectMany(f => f.Content.Objects.OfType<V1Service>().Select(ObjectKey.Of).Concat(f.Content.Refused)).ToHashSet();
        return
            from file in files
            from policy in file.Content.Objects.OfType<AuthorizationPolicy>()
            from target in (policy.Spec.TargetRefs ?? []).Index()
            let service = new ObjectKey(target.Item.Kind, policy.Namespace(), target.Item.Name)
            where !services.Contains(service)
            select new Finding(Severity.Warning, file.File, null, ObjectKey.Of(policy).ToString(), $"spec.targetRefs[{target.Index}]: found {service}, expected one among the given manifests: until there is, the policy applies to nothing");
    }

    private static IEnumerable<Finding> UnresolvedTargets((string File, ManifestFile Content)[] files)
    {
        var services = files.SelectMany(f => f.Content.Objects.OfType<V1Service>().Select(ObjectKey.Of).Concat(f.Content.Refused)).ToHashSet();
        foreach (var (file, content) in files)
        {
            foreach (var policy in content.Objects.OfType<TrafficPolicy>())
            {
                for (var i = 0; i < policy.Spec.TargetRefs.Count; i++)
                {
                    var target = policy.Spec.TargetRefs[i];
                    var service = new ObjectKey(target.Kind, target.Namespace ?? policy.Namespace(), target.Name);
                    if (!services.Contains(service))
                        yield return new(Severity.Warning, file, null, ObjectKey.Of(policy).ToString(), $"spec.targetRefs[{i}]: found {service}, expected one among the given manifests");
                }
            }
        }
    }

    private static IEnumerable<Finding> UnusedConfigs((string File, ManifestFile Content)[] files) =>
        from file in files
        from config in file.Content.Objects.OfType<MeshConfig>()
        where config.Name() != MeshConfig.DefaultName
        select new Finding(Severity.Warning, file.File, null, ObjectKey.Of(config).ToString(), $"metadata.name: found {config.Name()}, expected {MeshConfig.DefaultName}: no other counts");
}
