namespace Mesh.KubeApi.Clusters;

/// <summary>The API server within this process.</summary>
internal sealed class StandInCluster : ICluster
{
    private readonly ApiServer _server;
    private readonly DirectoryInfo _folder;

    private StandInCluster(ApiServer server, DirectoryInfo folder, string kubeConfigPath) =>
        (_server, _folder, KubeConfigPath) = (server, folder, kubeConfigPath);

    public string Description => "the stand-in API server (tests/KubeApi)";

    public string KubeConfigPath { get; }

    public ApiServer? StandIn => _server;

    public bool CanRestart => true;

    public bool EmptiesNamespaces => true;

    public static async Task<StandInCluster> StartAsync(ApiServerOptions? options)
    {
        var server = await ApiServer.StartAsync(options);
        var folder = Directory.CreateTempSubdirectory("mesh-kube-api-");
        return new(server, folder, await KubeConfig.WriteAsync(folder.FullName, server.Address, server.CertificateAuthority, server.Token));
    }

    public Task RestartAsync() => _server.RestartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
