using System.Net;
using System.Security.Cryptography;
using Mesh.EndToEnd.Tests.Applications;
using Mesh.EndToEnd.Tests.Meshes;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>
/// A client's pod and a server's on one node, with services in front of the server's programs; with the mesh or without. Addresses, programs
/// and data are the same in both.
/// </summary>
internal sealed class PodNetwork : IAsyncDisposable
{
    // 25, 5432 and 6379 are known for what speaks there; "news" speaks first at a port that says nothing.
    private static readonly (string Name, int Port, int TargetPort)[] Ports =
        [("web", 80, 8080), ("grpc", 80, 9090), ("redis", 6379, 6379), ("postgres", 5432, 5432), ("tls", 443, 8443), ("mail", 25, 2525), ("news", 7119, 2525)];

    // Visible where a request asks for it, and so for what the policy holds for.
    private const string Policy = """
        apiVersion: mesh.io/v1alpha1
        kind: TrafficPolicy
        metadata: {name: web, namespace: shop}
        spec:
          targetRefs: [{name: web}]
          faults: [{header: {name: x-fail}, abort: {status: 418}}]
        """;

    private readonly DirectoryInfo _folder;
    private readonly List<ServicePort> _services = [];

    private PodNetwork(Node node, DirectoryInfo folder, bool meshed) => (Node, _folder, IsMeshed) = (node, folder, meshed);

    public bool IsMeshed { get; }

    public Node Node { get; }

    public Pod Client { get; private set; } = null!;

    public Pod Server { get; private set; } = null!;

    public Application Application { get; private set; } = null!;

    /// <param name="meshed">Whether the pods have sidecars, and their connections go there.</param>
    /// <param name="certificates">The files that <see cref="TestCertificates"/> made.</param>
    /// <param name="database">An initialised PostgreSQL data folder, to be copied.</param>
    public static async Task<PodNetwork> StartAsync(bool meshed, TestCertificates certificates, DirectoryInfo database)
    {
        var folder = Directory.CreateTempSubdirectory("mesh-netns-");
        folder.UnixFileMode |= UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        var network = new PodNetwork(await Node.CreateAsync(), folder, meshed);
        try
        {
            await network.StartAsync(certificates, database);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    public ServicePort Service(string name) => _services.Single(service => service.Name == name);

    /// <summary>Looks a service's virtual address up, as cluster DNS would.</summary>
    public IPAddress? Resolve(string host) => _services.FirstOrDefault(service => host == $"{service.Name}.shop")?.Address;

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Node.DisposeAsync();
        }
        finally
        {
            _folder.Delete(recursive: true);
        }
    }

    private async Task StartAsync(TestCertificates certificates, DirectoryInfo database)
    {
        (Client, Server) = (await Node.AddPodAsync("client"), await Node.AddPodAsync("server"));
        await StartServersAsync(certificates, database);
        foreach (var (name, port, target) in Ports)
        {
            var service = new ServicePort(name, _services.Count + 1, port, Server, target);
            _services.Add(service);
            await Node.AddServiceAsync(service);
        }
        if (IsMeshed) await StartMeshAsync();
    }

    private async Task StartServersAsync(TestCertificates certificates, DirectoryInfo database)
    {
        Application = Server.Own(await Application.StartAsync(new(IPAddress.IPv6Any, 8080), new(IPAddress.IPv6Any, 9090), at => Server.BindAsync(((IPEndPoint)at).Port).Result));
        Application.Answer = AnswerAsync;
        await MailServer.StartAsync(Server, 2525);
        var redis = TestServer.NewFolder(_folder, "redis");
        await TestServer.StartAsync(Server, redis, "redis-server", "--port", "6379", "--bind", "0.0.0.0", "::", "--protected-mode", "no", "--save", "", "--appendonly", "no", "--dir", redis.FullName);
        var pages = TestServer.NewFolder(_folder, "tls");
        await File.WriteAllTextAsync(Path.Combine(pages.FullName, "page.txt"), new string('p', 200_000));
        await TestServer.StartAsync(Server, pages, "openssl", "s_server", "-accept", "8443", "-cert", certificates.Certificate, "-key", certificates.Key, "-WWW");
        (await Server.RunAsync("cp", "-a", database.FullName, Path.Combine(_folder.FullName, "postgres"))).Succeeded();
        await TestServer.StartAsync(Server, new(Path.Combine(_folder.FullName, "postgres")), PostgresPrograms.Path("postgres"), "-D", Path.Combine(_folder.FullName, "postgres"),
            "-c", "listen_addresses=*", "-c", "unix_socket_directories=", "-c", "fsync=off");
        foreach (var probe in new[] { "redis-cli ping", "psql -h 127.0.0.1 -U postgres -c 'select 1'", "bash -c '< /dev/tcp/127.0.0.1/8443'" })
            await Eventually.BecomesAsync(() => Server.RunAsync("bash", "-c", $"{probe} || {{ tail -n 5 {_folder.FullName}/*/log; exit 1; }}"), run => run.ExitCode == 0, CancellationToken.None);
    }

    // What the application was sent, as far as it doesn't tell who sent it.
    private static async Task AnswerAsync(HttpContext context)
    {
        var hash = await SHA256.HashDataAsync(context.Request.Body);
        context.Response.Headers["x-path"] = context.Request.Path.Value;
        if (context.Request.Path == "/missing") context.Response.StatusCode = StatusCodes.Status404NotFound;
        await context.Response.WriteAsync($"{context.Request.Method} {context.Request.Host} {context.Request.Path}{context.Request.QueryString} {Convert.ToHexStringLower(hash)}\n");
    }

    private async Task StartMeshAsync()
    {
        var manifests = _folder.CreateSubdirectory("manifests");
        await File.WriteAllTextAsync(Path.Combine(manifests.FullName, "shop.yaml"), Manifests());
        var credentials = await PodMesh.StartOperatorAsync(Node, manifests, _folder);
        await Task.WhenAll(new[] { Client, Server }.Select(pod => PodMesh.StartSidecarAsync(pod, credentials)));
    }

    private string Manifests() => string.Join("\n---\n", [Policy, .. new[] { Client, Server }.Select(PodMesh.Manifest), .. _services.Select(ServiceManifest)]);

    private static string ServiceManifest(ServicePort service) => string.Join("\n---\n", [$$"""
        apiVersion: v1
        kind: Service
        metadata: {name: {{service.Name}}, namespace: shop}
        spec:
          clusterIP: {{service.Address}}
          clusterIPs: ["{{service.Address}}", "{{service.AddressV6}}"]
          ipFamilies: [IPv4, IPv6]
          ports: [{name: main, port: {{service.Port}}, targetPort: {{service.TargetPort}}, protocol: TCP}]
        """,
        .. new[] { ("IPv4", service.Pod.Address), ("IPv6", service.Pod.AddressV6) }.Select(family => $$"""
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata:
          name: {{service.Name}}-{{family.Item1.ToLowerInvariant()}}
          namespace: shop
          labels: {kubernetes.io/service-name: {{service.Name}}}
        addressType: {{family.Item1}}
        ports: [{name: main, port: {{service.TargetPort}}, protocol: TCP}]
        endpoints: [{addresses: ["{{family.Item2}}"], conditions: {ready: true}, targetRef: {kind: Pod, name: {{service.Pod.Name}}, namespace: shop} }]
        """)]);
}
