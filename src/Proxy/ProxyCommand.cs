using System.CommandLine;
using System.Globalization;
using System.Net;
using Mesh.Api.Discovery;
using Mesh.Api.Identity;
using Mesh.Api.Probes;
using Mesh.Api.Resources;
using Mesh.Proxy.Admin;
using Mesh.Proxy.Interception;
using Mesh.Proxy.Interception.Cni;
using static Mesh.Proxy.CommandLine.EnvironmentOptions;

namespace Mesh.Proxy;

/// <summary>The command line. Every option can be given by an environment variable instead; the option wins.</summary>
internal static class ProxyCommand
{
    private static readonly Option<Uri> Operator = New<Uri>("--operator", "MESH_OPERATOR", "Where the operator serves discovery; with https:// this proxy has an identity, and speaks mutual TLS with others.", "http://127.0.0.1:15010", ParseUri);
    private static readonly Option<SpiffeId> OperatorIdentity = New<SpiffeId>("--operator-identity", "MESH_OPERATOR_IDENTITY", "Whom an operator over https:// has to prove to be.", $"spiffe://{SpiffeId.DefaultTrustDomain}/ns/mesh-system/sa/mesh-operator", ParseSpiffeId);
    private static readonly Option<string> TrustAnchors = New<string>("--trust-anchors", "MESH_TRUST_ANCHORS", "With https://: the certificates that the operator and peers are verified against, a PEM file; the variable may hold the text itself.", "", ParseText);
    private static readonly Option<string> TokenFile = New<string>("--token-file", "MESH_TOKEN_FILE", "With https://: the token that proves to the operator who this is, or the join key of a standalone operator.", "/var/run/secrets/mesh.io/token", ParseText);
    private static readonly Option<string> IdentityCache = New<string>("--identity-cache", "MESH_IDENTITY_CACHE", "A folder that outlives restarts, where trust anchors learnt later are kept; none keeps nothing.", "", ParseText);
    private static readonly Option<string> Name = New<string>("--name", "MESH_PROXY_NAME", "This proxy's name, unique among running ones.", Environment.MachineName, ParseName);
    private static readonly Option<string> Namespace = New<string>("--namespace", "MESH_NAMESPACE", "The application's namespace.", "default", ParseName);
    private static readonly Option<string> ServiceAccount = New<string>("--service-account", "MESH_SERVICE_ACCOUNT", "The application's service account: with the namespace, who the proxy's policies take the caller for.", "default", ParseName);
    private static readonly Option<string> Zone = New<string>("--zone", "MESH_ZONE", "The zone that the proxy runs in, as EndpointSlices name it; none where it is not known.", "", ParsePlace);
    private static readonly Option<string> Node = New<string>("--node", "MESH_NODE", "The node that the proxy runs on; none where it is not known.", "", ParsePlace);
    private static readonly Option<IPEndPoint[]> Outbound = New<IPEndPoint[]>("--outbound", "MESH_OUTBOUND", "Where the application's connections are redirected to, and its HTTP proxy; loopback only. localhost:15001 is both 127.0.0.1 and, where there is one, ::1.", "127.0.0.1:15001", ParseOutbound);
    private static readonly Option<IPEndPoint> AdminAddress = New<IPEndPoint>("--admin", "MESH_ADMIN", "Where /ready, /metrics and /config are served; loopback only.", "127.0.0.1:15000", ParseAdmin);
    private static readonly Option<IPEndPoint?> Health = New<IPEndPoint?>("--health", "MESH_HEALTH", "Where the kubelet asks for /live, /ready and the application's probes, and Prometheus for /metrics, such as [::]:15002; nowhere by default.", "", ParseHealth);
    private static readonly Option<IReadOnlyDictionary<string, ApplicationProbe>> Probes = New<IReadOnlyDictionary<string, ApplicationProbe>>("--application-probes", ApplicationProbes.Variable, "What the kubelet asks the application by way of --health, as JSON.", "", ParseProbes);
    private static readonly Option<LogLevel> MinimumLevel = New<LogLevel>("--log-level", "MESH_LOG_LEVEL", "The least that is logged: trace, debug, information, warning or error.", "information", ParseLogLevel);
    private static readonly Option<TimeSpan> Wait = New<TimeSpan>("--wait", "MESH_READY_WAIT", "How long to wait for a sidecar that isn't ready yet.", "0s", ParseDuration);
    private static readonly Option<TimeSpan> DrainTimeout = New<TimeSpan>("--drain-timeout", "MESH_DRAIN_TIMEOUT", "How long requests and connections may take to end on termination; what hasn't by then is cut off.", "25s", ParseDuration);
    private static readonly Option<TimeSpan> DrainGrace = New<TimeSpan>("--drain-grace", "MESH_DRAIN_GRACE", "The first part of it, in which those who came in are told to go elsewhere, and new ones are still served.", "5s", ParseDuration);
    private static readonly Option<TimeSpan> DetectTimeout = New<TimeSpan>("--detect-timeout", "MESH_DETECT_TIMEOUT", "How long the first bytes of a connection that may be anything are waited for, before it is relayed as TCP.", "100ms", ParseDuration);
    private static readonly Option<int> MaxConnections = New<int>("--max-connections", "MESH_MAX_CONNECTIONS", "Connections that each port has open at a time, other sidecars' channels among them; more are reset.", "20000", ParseCount);
    private static readonly Option<DestinationPort[]> Destinations = NewList<DestinationPort>("--destination", "MESH_DESTINATION", "LISTEN=AUTHORITY: a port that stands for one destination, such as 127.0.0.1:9001=catalog.shop:80. Repeatable.", ParseDestination);
    private static readonly Option<InboundPort[]> Inbound = NewList<InboundPort>("--inbound", "MESH_INBOUND", "LISTEN=APPLICATION: a port whose connections go to the application, such as 10.0.0.7:15006=127.0.0.1:8080; or LISTEN alone, such as [::]:15006: connections that are redirected there go on to where they were going. Repeatable.", ParseInbound);

    public static RootCommand Create(Func<ProxyOptions, CancellationToken, Task<int>> run)
    {
        var runCommand = new Command("run", "Run the sidecar until it is told to stop.")
        {
            Operator, OperatorIdentity, TrustAnchors, TokenFile, IdentityCache, Name, Namespace, ServiceAccount, Zone, Node, Outbound, Destinations, Inbound, AdminAddress, Health, Probes, MinimumLevel, DrainTimeout, DrainGrace, DetectTimeout, MaxConnections,
        };
        runCommand.SetAction((result, cancellationToken) => RunAsync(result, run, cancellationToken));

        var readyCommand = new Command("ready", "Ask a running sidecar whether it is ready: exit code 0 or 1.") { AdminAddress, Wait };
        readyCommand.SetAction((result, cancellationToken) =>
            ReadyProbe.RunAsync(result.GetRequiredValue(AdminAddress), result.GetRequiredValue(Wait), TimeProvider.System, result.InvocationConfiguration.Output, cancellationToken));

        return new RootCommand("mesh-proxy: the sidecar that applies policy to an application's traffic.")
        {
            runCommand, readyCommand, InitCommand.Create(new CommandRunner(), NodeNetwork.IsHere), InitCommand.CreateCleanup(new CommandRunner()), VerifyCommand.Create(),
            CniCommand.Create(),
        };
    }

    private static async Task<int> RunAsync(ParseResult result, Func<ProxyOptions, CancellationToken, Task<int>> run, CancellationToken cancellationToken)
    {
        var options = Read(result);
        if (!options.HasIdentity || options.TrustAnchors.Length > 0) return await run(options, cancellationToken);
        await result.InvocationConfiguration.Error.WriteLineAsync("--trust-anchors: found nothing, expected a PEM file with an operator over https://");
        return 1;
    }

    private static ProxyOptions Read(ParseResult result) => new()
    {
        Operator = result.GetRequiredValue(Operator),
        OperatorIdentity = result.GetRequiredValue(OperatorIdentity),
        TrustAnchors = result.GetRequiredValue(TrustAnchors),
        TokenFile = result.GetRequiredValue(TokenFile),
        IdentityCache = result.GetRequiredValue(IdentityCache),
        Name = result.GetRequiredValue(Name),
        Namespace = result.GetRequiredValue(Namespace),
        ServiceAccount = result.GetRequiredValue(ServiceAccount),
        Zone = result.GetRequiredValue(Zone),
        Node = result.GetRequiredValue(Node),
        Outbound = result.GetRequiredValue(Outbound),
        Admin = result.GetRequiredValue(AdminAddress),
        Health = result.GetValue(Health),
        ApplicationProbes = result.GetRequiredValue(Probes),
        LogLevel = result.GetRequiredValue(MinimumLevel),
        DrainTimeout = result.GetRequiredValue(DrainTimeout),
        DrainGrace = result.GetRequiredValue(DrainGrace),
        DetectTimeout = result.GetRequiredValue(DetectTimeout),
        MaxConnections = result.GetRequiredValue(MaxConnections),
        Destinations = result.GetRequiredValue(Destinations),
        Inbound = result.GetRequiredValue(Inbound),
    };

    private static string? ParseUri(string text, out Uri value)
    {
        var valid = Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);
        value = uri!;
        return valid ? null : "an address such as http://127.0.0.1:15010";
    }

    private static string? ParseSpiffeId(string text, out SpiffeId value)
    {
        var valid = SpiffeId.TryParse(text, out var id);
        value = id!;
        return valid ? null : "a SPIFFE id such as spiffe://cluster.local/ns/mesh-system/sa/mesh-operator";
    }

    private static string? ParseText(string text, out string value)
    {
        value = text;
        return null;
    }

    private static string? ParseName(string text, out string value)
    {
        value = text.Trim();
        return value.Length > 0 ? null : "a name";
    }

    // A label's value (a zone) has at most 63 characters, a node's name at most 253.
    private static string? ParsePlace(string text, out string value)
    {
        value = text.Trim();
        return value.Length <= 253 ? null : "at most 253 characters";
    }

    private static string? ParseEndPoint(string text, out IPEndPoint value)
    {
        var valid = IPEndPoint.TryParse(text, out var endPoint) && text[^1] is not ']' && text.Contains(':') && (text[0] is '[' || text.Count(c => c is ':') is 1);
        value = endPoint!;
        return valid ? null : "an address and a port, such as 127.0.0.1:15001 or [::1]:15001";
    }

    private static string? ParseHealth(string text, out IPEndPoint? value)
    {
        value = null;
        if (text.Length is 0) return null;
        var problem = ParseEndPoint(text, out var endPoint);
        value = endPoint;
        return problem;
    }

    private static string? ParseProbes(string text, out IReadOnlyDictionary<string, ApplicationProbe> value) =>
        ApplicationProbes.TryRead(text, out value) ? null : ApplicationProbes.Expected;

    private static string? ParseLogLevel(string text, out LogLevel value)
    {
        value = text switch
        {
            "trace" => LogLevel.Trace,
            "debug" => LogLevel.Debug,
            "information" => LogLevel.Information,
            "warning" => LogLevel.Warning,
            "error" => LogLevel.Error,
            _ => LogLevel.None,
        };
        return value is LogLevel.None ? "trace, debug, information, warning or error" : null;
    }

    private static string? ParseAdmin(string text, out IPEndPoint value) =>
        ParseLoopback(text, out value, "a loopback address such as 127.0.0.1:15000, since what is served there is for this host only");

    private static string? ParseOutbound(string text, out IPEndPoint[] value)
    {
        const string Expected = "a loopback address such as 127.0.0.1:15001, or localhost:15001, since whoever reaches it sends as this application, to anywhere";
        const string Both = "localhost:";
        if (text.StartsWith(Both, StringComparison.Ordinal) && ushort.TryParse(text.AsSpan(Both.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            value = [new(IPAddress.Loopback, port), new(IPAddress.IPv6Loopback, port)];
            return null;
        }
        var problem = ParseLoopback(text, out var endPoint, Expected);
        value = [endPoint];
        return problem;
    }

    private static string? ParseCount(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value > 0 ? null : "a whole number above 0";

    private static string? ParseLoopback(string text, out IPEndPoint value, string expected) =>
        ParseEndPoint(text, out value) ?? (IPAddress.IsLoopback(value.Address) ? null : expected);

    private static string? ParseDuration(string text, out TimeSpan value)
    {
        var valid = MeshDuration.TryParse(text, out var duration);
        value = duration.Value;
        return valid ? null : MeshDuration.Expected;
    }

    private static string? ParseDestination(string text, out DestinationPort value)
    {
        var (listen, target) = Split(text);
        var valid = ParseEndPoint(listen, out var endPoint) is null & Authority.TryParse(target, out var authority);
        value = new(endPoint, authority);
        return valid ? null : "LISTEN=AUTHORITY, such as 127.0.0.1:9001=catalog.shop:80";
    }

    private static string? ParseInbound(string text, out InboundPort value)
    {
        var (listen, target) = Split(text);
        IPEndPoint? application = null;
        var valid = ParseEndPoint(listen, out var endPoint) is null & (!text.Contains('=') || ParseEndPoint(target, out application) is null);
        value = new(endPoint, application);
        return valid ? null : "LISTEN=APPLICATION, such as 10.0.0.7:15006=127.0.0.1:8080, or LISTEN alone, such as [::]:15006";
    }

    private static (string Listen, string Target) Split(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (text, "") : (text[..equals], text[(equals + 1)..]);
    }
}
