using System.CommandLine;
using System.Runtime.InteropServices;
using static Mesh.Proxy.CommandLine.EnvironmentOptions;

namespace Mesh.Proxy.Interception.Cni;

/// <summary><c>mesh-proxy cni install</c>, which a DaemonSet runs, and <c>mesh-proxy cni ready</c>, its readiness probe.</summary>
internal static class InstallCommand
{
    private static readonly Option<string> BinFolder = New<string>("--bin-dir", "MESH_CNI_BIN_DIR", "The node's folder of CNI plugins, as mounted here.", "/host/opt/cni/bin", ParseFolder);
    private static readonly Option<string> ConfFolder = New<string>("--conf-dir", "MESH_CNI_CONF_DIR", "The node's folder of network configurations, as mounted here.", "/host/etc/cni/net.d", ParseFolder);
    private static readonly Option<string> ConfFolderOnHost = New<string>("--host-conf-dir", "MESH_CNI_HOST_CONF_DIR", "The same folder, as the node calls it.", "/etc/cni/net.d", ParseFolder);
    private static readonly Option<string> ServiceAccount = New<string>("--service-account-dir", "MESH_CNI_SERVICE_ACCOUNT_DIR", "The service account's token and certificates.", "/var/run/secrets/kubernetes.io/serviceaccount", ParseFolder);
    private static readonly Option<Uri> Server = New<Uri>("--server", "MESH_CNI_SERVER", "The API server, as the node reaches it.", ServerInCluster(), ParseServer);
    private static readonly Option<string[]> Excluded = NewList<string>("--exclude-namespaces", "MESH_CNI_EXCLUDE_NAMESPACES", "Namespaces whose pods start without being looked at.", ParseText);

    public static Command Create()
    {
        var install = new Command("install", "Put the plugin on this node, keep it there, and remove it on termination.")
        {
            BinFolder, ConfFolder, ConfFolderOnHost, ServiceAccount, Server, Excluded,
        };
        install.SetAction((result, _) => InstallAsync(
            Folders(result), result.GetRequiredValue(Server), result.GetRequiredValue(Excluded)));
        return install;
    }

    public static Command CreateProbe()
    {
        var ready = new Command("ready", "Say whether the plugin is in place on this node: exit code 0 or 1.") { BinFolder, ConfFolder, ConfFolderOnHost, ServiceAccount };
        ready.SetAction(result => CniInstaller.IsInPlace(Folders(result)) ? 0 : 1);
        return ready;
    }

    private static HostFolders Folders(ParseResult result) => new(
        result.GetRequiredValue(BinFolder), result.GetRequiredValue(ConfFolder), result.GetRequiredValue(ConfFolderOnHost), result.GetRequiredValue(ServiceAccount));

    private static async Task InstallAsync(HostFolders folders, Uri server, IReadOnlyList<string> excluded)
    {
        using var logging = LoggerFactory.Create(builder => builder.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        }));
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        await new CniInstaller(folders, Environment.ProcessPath!, server, excluded, TimeProvider.System, logging.CreateLogger<CniInstaller>()).RunAsync(stop.Token);
    }

    // As the kubelet tells every container; the node reaches the same address.
    private static string ServerInCluster()
    {
        var (host, port) = (Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST"), Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_PORT"));
        if (string.IsNullOrEmpty(host)) return "";
        return $"https://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}";
    }

    private static string? ParseText(string text, out string value)
    {
        value = text;
        return text.Length > 0 ? null : "a text";
    }

    private static string? ParseFolder(string text, out string value)
    {
        value = text;
        return Path.IsPathRooted(text) ? null : "a folder, from the root";
    }

    private static string? ParseServer(string text, out Uri value)
    {
        var valid = Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp);
        value = uri!;
        return valid ? null : "the API server's address, such as https://10.96.0.1:443";
    }
}
