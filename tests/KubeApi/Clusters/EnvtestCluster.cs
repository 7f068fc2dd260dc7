using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.KubeApi.Serving;

namespace Mesh.KubeApi.Clusters;

/// <summary>
/// A real etcd and kube-apiserver, run as controller-runtime's envtest runs them: no controllers, no scheduler, no kubelet.
/// The binaries are those of <c>setup-envtest</c>.
/// </summary>
internal sealed class EnvtestCluster : ICluster
{
    // kube-apiserver answers ready within seconds; etcd's first start on a slow disk takes the rest.
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly string _assets;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-envtest-");
    private readonly string _token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private readonly int[] _ports = FreePorts(3);
    private ServerProcess? _etcd;
    private ServerProcess? _apiServer;
    private DefaultServiceAccounts? _serviceAccounts;

    private EnvtestCluster(string assets) => _assets = assets;

    public string Description => $"kube-apiserver of {_assets}";

    public string KubeConfigPath { get; private set; } = "";

    public ApiServer? StandIn => null;

    public bool CanRestart => true;

    public bool EmptiesNamespaces => false;

    private int EtcdClients => _ports[0];

    private int EtcdPeers => _ports[1];

    private Uri Address => new($"https://127.0.0.1:{_ports[2]}");

    public static async Task<EnvtestCluster> StartAsync(string assets)
    {
        for (var attempt = 1; ; attempt++)
        {
            var cluster = new EnvtestCluster(assets);
            try
            {
                await cluster.StartAsync();
                return cluster;
            }
            catch (Exception failure)
            {
                await cluster.DisposeAsync();
                // Neither program takes port 0, and another may have had ours in the meantime.
                if (attempt == 3 || !failure.Message.Contains("address already in use", StringComparison.Ordinal)) throw;
            }
        }
    }

    public async Task RestartAsync()
    {
        if (_apiServer is not null) await _apiServer.DisposeAsync();
        _apiServer = Start("kube-apiserver", ApiServerArguments());
        await WaitUntilReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_serviceAccounts is not null) await _serviceAccounts.DisposeAsync();
        if (_apiServer is not null) await _apiServer.DisposeAsync();
        if (_etcd is not null) await _etcd.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private async Task StartAsync()
    {
        using var serving = ServingCertificate.Create("kubernetes", "kubernetes.default", "kubernetes.default.svc");
        using var serviceAccounts = RSA.Create(2048);
        await WriteAsync("serving.crt", serving.Server.ExportCertificatePem());
        await WriteAsync("serving.key", serving.Server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await WriteAsync("service-accounts.key", serviceAccounts.ExportPkcs8PrivateKeyPem());
        await WriteAsync("service-accounts.pub", serviceAccounts.ExportSubjectPublicKeyInfoPem());
        await WriteAsync("tokens.csv", $"{_token},admin,admin,system:masters\n");
        KubeConfigPath = await KubeConfig.WriteAsync(_folder.FullName, Address, serving.Authority.ExportCertificatePem(), _token);
        _etcd = Start("etcd", EtcdArguments());
        _apiServer = Start("kube-apiserver", ApiServerArguments());
        await WaitUntilReadyAsync();
        _serviceAccounts = new(KubeConfigPath);
    }

    private string[] EtcdArguments() =>
    [
        $"--data-dir={InFolder("etcd")}",
        $"--listen-client-urls=http://127.0.0.1:{EtcdClients}",
        $"--advertise-client-urls=http://127.0.0.1:{EtcdClients}",
        $"--listen-peer-urls=http://127.0.0.1:{EtcdPeers}",
        $"--initial-advertise-peer-urls=http://127.0.0.1:{EtcdPeers}",
        $"--initial-cluster=default=http://127.0.0.1:{EtcdPeers}",
        "--unsafe-no-fsync=true",
    ];

    private string[] ApiServerArguments() =>
    [
        $"--etcd-servers=http://127.0.0.1:{EtcdClients}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        $"--secure-port={Address.Port}",
        $"--cert-dir={InFolder("certificates")}",
        $"--tls-cert-file={InFolder("serving.crt")}",
        $"--tls-private-key-file={InFolder("serving.key")}",
        $"--token-auth-file={InFolder("tokens.csv")}",
        "--authorization-mode=RBAC",
        $"--service-account-issuer={Address}",
        $"--service-account-key-file={InFolder("service-accounts.pub")}",
        $"--service-account-signing-key-file={InFolder("service-accounts.key")}",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--allow-privileged=true",
    ];

    private ServerProcess Start(string program, string[] arguments) => ServerProcess.Start(Path.Combine(_assets, program), arguments);

    private async Task WaitUntilReadyAsync()
    {
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator,
        };
        using var client = new HttpClient(handler) { DefaultRequestHeaders = { Authorization = new("Bearer", _token) } };
        using var limit = new CancellationTokenSource(StartLimit);
        while (!await IsReadyAsync(client, limit.Token))
        {
            foreach (var process in new[] { _etcd!, _apiServer! })
            {
                if (process.HasExited) throw new InvalidOperationException($"{process.Program} has ended: {process.LastLines}");
            }

            if (limit.IsCancellationRequested)
            {
                throw new TimeoutException($"{_apiServer!.Program} was not ready within {StartLimit}: {_apiServer.LastLines}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }

    private async Task<bool> IsReadyAsync(HttpClient client, CancellationToken cancellation)
    {
        try
        {
            // The namespace default is made after readiness; tests count on it.
            using var ready = await client.GetAsync(new Uri(Address, "readyz"), cancellation);
            using var space = await client.GetAsync(new Uri(Address, "api/v1/namespaces/default"), cancellation);
            return ready.IsSuccessStatusCode && space.IsSuccessStatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(InFolder(name), text);

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners) listener.Stop();
        return ports;
    }
}
