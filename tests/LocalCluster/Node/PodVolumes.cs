using System.Text;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Mesh.LocalCluster.Node;

/// <summary>A pod's volumes, as folders of this machine, written again as what they show changes.</summary>
internal sealed class PodVolumes(Kubernetes client, V1Pod pod, string address, string folder, string authority, TimeProvider time)
{
    /// <summary>Where a pod finds its account's token, and what it trusts the API server by.</summary>
    public const string AccountPath = "/var/run/secrets/kubernetes.io/serviceaccount";

    public const string AccountVolume = "kube-api-access";

    private const long AccountSeconds = 3607;

    private readonly Dictionary<string, DateTimeOffset> _renewals = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Kind, string Name), IDictionary<string, byte[]>> _maps = [];

    public string Folder(string volume) => Path.Combine(folder, volume);

    public string? ConfigMapValue(string name, string key) => Value("ConfigMap", name, key);

    public string? SecretValue(string name, string key) => Value("Secret", name, key);

    /// <summary>Brings all volumes up to date.</summary>
    /// <exception cref="HttpOperationException">What a volume shows isn't there.</exception>
    public async Task WriteAsync(CancellationToken cancellation)
    {
        var variables = pod.Spec.Containers.Concat(pod.Spec.InitContainers ?? []).SelectMany(container => container.Env ?? []).ToList();
        foreach (var name in variables.Select(variable => variable.ValueFrom?.ConfigMapKeyRef?.Name).OfType<string>().Distinct()) await ConfigMapAsync(name, cancellation);
        foreach (var name in variables.Select(variable => variable.ValueFrom?.SecretKeyRef?.Name).OfType<string>().Distinct()) await SecretAsync(name, cancellation);
        foreach (var volume in pod.Spec.Volumes ?? []) await WriteAsync(volume, cancellation);
        if (HasAccount) await WriteAccountAsync(cancellation);
    }

    /// <summary>Whether the API server's admission would have added the volume with the account's token.</summary>
    public bool HasAccount => pod.Spec.AutomountServiceAccountToken is not false;

    private async Task WriteAsync(V1Volume volume, CancellationToken cancellation)
    {
        var target = Directory.CreateDirectory(Folder(volume.Name)).FullName;
        switch (volume)
        {
            case { EmptyDir: not null }:
                File.SetUnixFileMode(target, (UnixFileMode)0x1FF);
                break;
            case { ConfigMap: { } source }:
                Write(target, await MapAsync(() => ConfigMapAsync(source.Name, cancellation), source.Optional), source.Items);
                break;
            case { Secret: { } source }:
                Write(target, await MapAsync(() => SecretAsync(source.SecretName, cancellation), source.Optional), source.Items);
                break;
            case { DownwardAPI: { } source }:
                foreach (var item in source.Items) WriteFile(target, item.Path, Field(item.FieldRef));
                break;
            case { Projected: { } source }:
                foreach (var projection in source.Sources) await WriteAsync(target, projection, cancellation);
                break;
            case { HostPath: not null }:
                break;
            default:
                throw new NotSupportedException($"volume {volume.Name}: found {KubernetesYaml.Serialize(volume)}, expected a kind of volume that this cluster knows");
        }
    }

    private async Task WriteAsync(string target, V1VolumeProjection projection, CancellationToken cancellation)
    {
        if (projection.ConfigMap is { } map) Write(target, await MapAsync(() => ConfigMapAsync(map.Name, cancellation), map.Optional), map.Items);
        if (projection.Secret is { } secret) Write(target, await MapAsync(() => SecretAsync(secret.Name, cancellation), secret.Optional), secret.Items);
        foreach (var item in projection.DownwardAPI?.Items ?? []) WriteFile(target, item.Path, Field(item.FieldRef));
        if (projection.ServiceAccountToken is { } token) await WriteTokenAsync(target, token.Path, token.Audience, token.ExpirationSeconds ?? 3600, cancellation);
    }

    private async Task WriteAccountAsync(CancellationToken cancellation)
    {
        var target = Directory.CreateDirectory(Folder(AccountVolume)).FullName;
        WriteFile(target, "ca.crt", authority);
        WriteFile(target, "namespace", pod.Metadata.NamespaceProperty);
        await WriteTokenAsync(target, "token", null, AccountSeconds, cancellation);
    }

    // Renewed after four fifths of its life, as the kubelet does.
    private async Task WriteTokenAsync(string target, string path, string? audience, long seconds, CancellationToken cancellation)
    {
        var (file, now) = (Path.Combine(target, path), time.GetUtcNow());
        if (_renewals.TryGetValue(file, out var renewal) && now < renewal) return;
        var request = new Authenticationv1TokenRequest
        {
            Spec = new()
            {
                Audiences = audience is null ? [] : [audience],
                ExpirationSeconds = seconds,
                BoundObjectRef = new() { ApiVersion = "v1", Kind = "Pod", Name = pod.Metadata.Name, Uid = pod.Metadata.Uid },
            },
        };
        var made = await client.CoreV1.CreateNamespacedServiceAccountTokenAsync(request, ContainerEnvironment.Account(pod), pod.Metadata.NamespaceProperty, cancellationToken: cancellation);
        WriteFile(target, path, made.Status.Token);
        _renewals[file] = now.AddSeconds(seconds * 0.8);
    }

    private async Task<IDictionary<string, byte[]>> ConfigMapAsync(string name, CancellationToken cancellation)
    {
        var map = await client.CoreV1.ReadNamespacedConfigMapAsync(name, pod.Metadata.NamespaceProperty, cancellationToken: cancellation);
        var data = new Dictionary<string, byte[]>(map.BinaryData ?? new Dictionary<string, byte[]>());
        foreach (var (key, text) in map.Data ?? new Dictionary<string, string>()) data[key] = Encoding.UTF8.GetBytes(text);
        return _maps[("ConfigMap", name)] = data;
    }

    private async Task<IDictionary<string, byte[]>> SecretAsync(string name, CancellationToken cancellation)
    {
        var secret = await client.CoreV1.ReadNamespacedSecretAsync(name, pod.Metadata.NamespaceProperty, cancellationToken: cancellation);
        return _maps[("Secret", name)] = secret.Data ?? new Dictionary<string, byte[]>();
    }

    private static async Task<IDictionary<string, byte[]>> MapAsync(Func<Task<IDictionary<string, byte[]>>> read, bool? isOptional)
    {
        try
        {
            return await read();
        }
        catch (HttpOperationException missing) when (isOptional is true && missing.Response.StatusCode is System.Net.HttpStatusCode.NotFound)
        {
            return new Dictionary<string, byte[]>();
        }
    }

    private string? Value(string kind, string name, string key) =>
        _maps.GetValueOrDefault((kind, name)) is { } map && map.TryGetValue(key, out var value) ? Encoding.UTF8.GetString(value) : null;

    private string Field(V1ObjectFieldSelector field) => ContainerEnvironment.Field(field.FieldPath, pod, address);

    private static void Write(string target, IDictionary<string, byte[]> map, IList<V1KeyToPath>? items)
    {
        var files = items is null ? map.Keys.Select(key => (key, key)) : items.Select(item => (item.Key, item.Path));
        foreach (var (key, path) in files)
        {
            if (map.TryGetValue(key, out var bytes)) WriteFile(target, path, Encoding.UTF8.GetString(bytes));
        }
    }

    /// <summary>Replaced as a whole, so that nobody reads half of it.</summary>
    private static void WriteFile(string target, string path, string text)
    {
        var file = Path.Combine(target, path);
        if (File.Exists(file) && File.ReadAllText(file) == text) return;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file + "~", text);
        File.Move(file + "~", file, overwrite: true);
    }
}
