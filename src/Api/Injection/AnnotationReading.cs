using System.Globalization;
using Mesh.Api.Interception;
using Mesh.Api.Resources;

namespace Mesh.Api.Injection;

/// <summary>
/// Reads a pod's annotations. What can't be read, or isn't allowed, is an error: a sidecar that is other than was asked for would be
/// noticed when it is too late.
/// </summary>
internal sealed class AnnotationReading(InjectionRequest request)
{
    private static readonly string[] LogLevels = ["trace", "debug", "information", "warning", "error"];

    // Kubernetes' own (terminationGracePeriodSeconds is filled in by the API server before it asks, but not in a file).
    private const long DefaultGracePeriod = 30;

    // What the proxy needs after it has drained, to stop and to say so.
    private static readonly TimeSpan StoppingTime = TimeSpan.FromSeconds(5);

    private readonly List<string> _errors = [];

    /// <summary>Each names the annotation, what was found and what is allowed.</summary>
    public IReadOnlyList<string> Errors => _errors;

    public Adjustments Read()
    {
        if (SkippedTraffic.Read(request.Annotation, out var skipped) is { } error) _errors.Add(error);
        CheckOpaquePorts();
        CheckWeight();
        CheckMtls();
        return new Adjustments
        {
            Image = Image(),
            Resources = Resources(),
            LogLevel = OneOf(PodAnnotations.ProxyLogLevel, LogLevels),
            DrainTimeout = DrainTimeout(),
            Skipped = skipped,
            RewritesProbes = OneOf(PodAnnotations.RewriteProbes, ["true", "false"]) is not "false",
        };
    }

    private string? Image()
    {
        if (request.Annotation(PodAnnotations.ProxyImage) is not { } text) return null;
        if (!ImageReference.TryParse(text, out var image)) return Refuse(PodAnnotations.ProxyImage, text, $"an image such as {request.Options.Image}");
        var own = ImageReference.TryParse(request.Options.Image, out var mesh) ? mesh.Repository : request.Options.Image;
        if (image.Repository == own || request.Options.ImageRegistries.Any(image.IsIn)) return text;
        var others = request.Options.ImageRegistries is { Count: > 0 } registries ? $" or one from {string.Join(", ", registries)}" : "";
        return Refuse(PodAnnotations.ProxyImage, text, $"an image of {own}{others}: MeshConfig's spec.proxy.imageRegistries allows more");
    }

    private SidecarResources Resources()
    {
        var resources = new SidecarResources
        {
            CpuRequest = Quantity(PodAnnotations.ProxyCpuRequest, SidecarResources.IsCpu, SidecarResources.ExpectedCpu),
            CpuLimit = Quantity(PodAnnotations.ProxyCpuLimit, SidecarResources.IsCpu, SidecarResources.ExpectedCpu),
            MemoryRequest = Quantity(PodAnnotations.ProxyMemoryRequest, SidecarResources.IsMemory, SidecarResources.ExpectedMemory),
            MemoryLimit = Quantity(PodAnnotations.ProxyMemoryLimit, SidecarResources.IsMemory, SidecarResources.ExpectedMemory),
        };
        CheckOrder(PodAnnotations.ProxyCpuRequest, resources.CpuRequest, PodAnnotations.ProxyCpuLimit, resources.CpuLimit);
        CheckOrder(PodAnnotations.ProxyMemoryRequest, resources.MemoryRequest, PodAnnotations.ProxyMemoryLimit, resources.MemoryLimit);
        return resources;
    }

    private string? Quantity(string name, Func<string, bool> isValid, string expected) =>
        request.Annotation(name) is not { } text || isValid(text) ? request.Annotation(name) : Refuse(name, text, expected);

    private void CheckOrder(string requestName, string? requested, string limitName, string? limit)
    {
        if (requested is not null && limit is not null && SidecarResources.Amount(requested) > SidecarResources.Amount(limit))
        {
            Refuse(requestName, requested, $"at most {limitName} ({limit})");
        }
    }

    // Derived from the grace period, at whose end the kubelet kills: what is still open then ends without a word.
    private TimeSpan DrainTimeout()
    {
        var grace = TimeSpan.FromSeconds(request.Pod.Spec.TerminationGracePeriodSeconds ?? DefaultGracePeriod);
        var derived = grace > 2 * StoppingTime ? grace - StoppingTime : grace / 2;
        if (request.Annotation(PodAnnotations.DrainTimeout) is not { } text) return derived;
        if (MeshDuration.TryParse(text, out var timeout) && timeout.Value <= grace) return timeout.Value;
        Refuse(PodAnnotations.DrainTimeout, text, $"{MeshDuration.Expected}, at most the pod's terminationGracePeriodSeconds ({new MeshDuration(grace)})");
        return derived;
    }

    private void CheckOpaquePorts()
    {
        foreach (var text in (request.Annotation(PodAnnotations.OpaquePorts) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!PortRange.TryParse(text, out _)) Refuse(PodAnnotations.OpaquePorts, text, PortRange.Expected);
        }
    }

    private void CheckWeight()
    {
        if (request.Annotation(PodAnnotations.Weight) is { } text
            && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var weight) && weight is >= 1 and <= 1000))
        {
            Refuse(PodAnnotations.Weight, text, "a whole number from 1 to 1000");
        }
    }

    // It would be taken as Strict, which shuts out whom nobody meant to shut out.
    private void CheckMtls()
    {
        if (request.Annotation(PodAnnotations.Mtls) is { } mode && !MtlsAnnotations.TryParse(mode, out _)) Refuse(PodAnnotations.Mtls, mode, MtlsAnnotations.Expected);
        foreach (var entry in MtlsAnnotations.ReadPorts(request.Annotation(PodAnnotations.MtlsPorts) ?? "").Where(entry => entry.Mode is null))
        {
            Refuse(PodAnnotations.MtlsPorts, entry.Text, MtlsAnnotations.ExpectedPort);
        }
    }

    private string? OneOf(string name, string[] allowed) =>
        request.Annotation(name) is not { } text || allowed.Contains(text)
            ? request.Annotation(name)
            : Refuse(name, text, $"{string.Join(", ", allowed[..^1].Select(word => $"\"{word}\""))} or \"{allowed[^1]}\"");

    private string? Refuse(string name, string found, string expected)
    {
        _errors.Add($"annotation {name} on the pod: found \"{found}\", expected {expected}");
        return null;
    }
}
