using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>The same pods twice, with the mesh and without.</summary>
public sealed class BothNetworks : IAsyncLifetime
{
    private DirectoryInfo? _folder;

    internal PodNetwork With { get; private set; } = null!;

    internal PodNetwork Without { get; private set; } = null!;

    internal TestCertificates Certificates { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (NetworkNamespace.Lack is not null) return;
        try
        {
            await StartAsync();
        }
        catch
        {
            // xunit disposes no fixture that didn't come about.
            await DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Disposal.OfAllAsync(new[] { With, Without }.Where(network => network is not null));
        }
        finally
        {
            _folder?.Delete(recursive: true);
        }
    }

    private async Task StartAsync()
    {
        _folder = Directory.CreateTempSubdirectory("mesh-netns-");
        _folder.UnixFileMode |= UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        Certificates = TestCertificates.Create(_folder);
        var database = await InitializeDatabaseAsync(_folder);
        // Each is there to be disposed of should the other not come about.
        await Task.WhenAll(
            Task.Run(async () => With = await PodNetwork.StartAsync(meshed: true, Certificates, database)),
            Task.Run(async () => Without = await PodNetwork.StartAsync(meshed: false, Certificates, database)));
    }

    /// <summary>
    /// Does the same in both networks, and holds what it came to to be the same, byte for byte; and that with the mesh it did go through the client's
    /// sidecar.
    /// </summary>
    /// <returns>What it came to.</returns>
    internal async Task<string> SameAsync(Func<PodNetwork, Task<string>> scenario)
    {
        Assert.SkipUnless(NetworkNamespace.Lack is null, NetworkNamespace.Lack ?? "");
        var before = await With.Client.CountAsync("outbound");
        var results = await Task.WhenAll(scenario(Without), scenario(With));
        Assert.Equal(results[0], results[1]);
        await Eventually.BecomesAsync(() => With.Client.CountAsync("outbound"), after => after > before, TestContext.Current.CancellationToken);
        return results[1];
    }

    private static async Task<DirectoryInfo> InitializeDatabaseAsync(DirectoryInfo parent)
    {
        var folder = TestServer.NewFolder(parent, "postgres");
        var data = Path.Combine(folder.FullName, "data");
        using var host = await NetworkNamespace.CreateAsync();
        (await CommandRun.InAsync(host, null, TestServer.AsNobody(PostgresPrograms.Path("initdb"), "-D", data, "-U", "postgres", "--auth", "trust", "--no-sync", "--no-locale", "-E", "UTF8"))).Succeeded();
        await File.AppendAllTextAsync(Path.Combine(data, "pg_hba.conf"), "host all all all trust\n");
        return new(data);
    }
}
