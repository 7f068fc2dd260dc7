using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Reflection;
using Mesh.Api.Injection;
using Mesh.Operator.Discovery;
using Mesh.Operator.Probing;

namespace Mesh.Operator.Hosting;

/// <summary>The command line: <c>mesh-operator run</c>, <c>probe</c> and <c>version</c>. Every option of <c>run</c> can be set as MESH_OPTION, too.</summary>
internal static class OperatorCommand
{
    private const int DiscoveryPort = 15010;
    private const int AdminPort = 15014;

    private static readonly Option<string[]> Manifests = new("--manifests")
    {
        Description = "A folder of YAML manifests to serve from, without Kubernetes. May be given more than once.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Variable("MANIFESTS")?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [],
    };

    private static readonly Option<string?> State = new("--state")
    {
        Description = "With --manifests: the folder to write statuses and manifest errors to.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Variable("STATE"),
    };

    private static readonly Option<IPEndPoint?> Discovery = AddressOption("--discovery", $"Where proxies connect. Default: [::]:{DiscoveryPort}; with --manifests 127.0.0.1:{DiscoveryPort}.");

    private static readonly Option<IPEndPoint?> Admin = AddressOption("--admin", $"Health and metrics. Default: [::]:{AdminPort}; with --manifests 127.0.0.1:{AdminPort}.");

    private static readonly Option<string?> Kubeconfig = new("--kubeconfig")
    {
        Description = "The cluster to serve. Default: the one the operator runs in.",
        HelpName = "FILE",
        DefaultValueFactory = _ => Variable("KUBECONFIG"),
    };

    private static readonly Option<IPEndPoint?> Webhook = AddressOption("--webhook", "The admission webhook; Kubernetes only. Default: [::]:9443.");

    private static readonly Option<string?> WebhookCertificate = new("--webhook-certificate")
    {
        Description = "A folder with tls.crt and tls.key for the webhook, followed as they change. Default: a certificate of the operator's own making.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Variable("WEBHOOK_CERTIFICATE"),
    };

    private static readonly Option<string> WebhookFailurePolicy = new("--webhook-failure-policy")
    {
        Description = "What becomes of a pod where the injection fails within the operator: Ignore or Fail, as failurePolicy in the webhook configuration has it for one that doesn't answer. Default: Ignore.",
        HelpName = "POLICY",
        DefaultValueFactory = _ => Variable("WEBHOOK_FAILURE_POLICY") ?? "Ignore",
    };

    private static readonly Option<string> ProxyImage = new("--proxy-image")
    {
        Description = "The sidecars' image, unless MeshConfig names one.",
        HelpName = "IMAGE",
        DefaultValueFactory = _ => Variable("PROXY_IMAGE") ?? SidecarOptions.DefaultImage,
    };

    private static readonly Option<string> Namespace = new("--namespace")
    {
        Description = "The operator's own namespace.",
        HelpName = "NAME",
        DefaultValueFactory = _ => Variable("NAMESPACE") ?? "mesh-system",
    };

    private static readonly Option<int> ConnectionAge = new("--connection-age")
    {
        Description = "Minutes after which a proxy is asked to connect again, give or take a fifth, so that replicas that were added get their share; 0: never. Default: 30.",
        HelpName = "MINUTES",
        DefaultValueFactory = argument => Variable("CONNECTION_AGE") is { } text ? ParseMinutes(argument, text) : (int)new DiscoveryLimits().ConnectionAge.TotalMinutes,
    };

    private static readonly Option<string> Identity = new Option<string>("--identity")
    {
        Description = "on: proxies and the operator prove who they are, by certificates that the operator issues; with --manifests this needs --state. off: discovery is plain.",
        DefaultValueFactory = _ => Variable("IDENTITY") ?? "on",
    }.AcceptOnlyFromAmong("on", "off");

    public static RootCommand Create()
    {
        Manifests.Validators.Add(CheckFolders);
        ConnectionAge.Validators.Add(CheckMinutes);
        WebhookFailurePolicy.AcceptOnlyFromAmong("Ignore", "Fail");
        var run = new Command("run", "Runs the operator.") { Manifests, State, Discovery, Admin, Kubeconfig, Webhook, WebhookCertificate, WebhookFailurePolicy, ProxyImage, Namespace, ConnectionAge, Identity };
        run.SetAction((result, cancellationToken) => OperatorProgram.RunAsync(Options(result), result.InvocationConfiguration.Error, cancellationToken));
        var version = new Command("version", "Prints the version.");
        version.SetAction(result => result.InvocationConfiguration.Output.WriteLine(
            typeof(OperatorCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion));
        return new RootCommand("The control plane of the mesh.") { run, ProbeCommand.Create(), version };
    }

    private static OperatorOptions Options(ParseResult result)
    {
        var manifests = result.GetValue(Manifests) ?? [];
        var host = manifests.Length > 0 ? IPAddress.Loopback : IPAddress.IPv6Any;
        return new OperatorOptions
        {
            Manifests = manifests,
            State = result.GetValue(State),
            Discovery = result.GetValue(Discovery) ?? new(host, DiscoveryPort),
            Admin = result.GetValue(Admin) ?? new(host, AdminPort),
            Kubeconfig = result.GetValue(Kubeconfig),
            Webhook = result.GetValue(Webhook) ?? new(IPAddress.IPv6Any, 9443),
            WebhookCertificate = result.GetValue(WebhookCertificate),
            WebhookMayFail = result.GetValue(WebhookFailurePolicy) is not "Fail",
            ProxyImage = result.GetValue(ProxyImage)!,
            Namespace = result.GetValue(Namespace)!,
            ConnectionAge = TimeSpan.FromMinutes(result.GetValue(ConnectionAge)),
            Identity = result.GetValue(Identity) == "on",
        };
    }

    private static Option<IPEndPoint?> AddressOption(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "ADDR:PORT",
        CustomParser = argument => ParseAddress(argument, name, argument.Tokens[0].Value),
        DefaultValueFactory = argument => Variable(name.TrimStart('-').ToUpperInvariant()) is { } text ? ParseAddress(argument, name, text) : null,
    };

    private static IPEndPoint? ParseAddress(ArgumentResult argument, string name, string text)
    {
        var separator = text.LastIndexOf(':');
        if (separator > 0 && text[separator - 1] != ':' && IPEndPoint.TryParse(text, out var address)) return address;
        argument.AddError($"{name}: found '{text}', expected an IP address and a port such as 127.0.0.1:15010 or [::1]:15010 (port 0: any free one)");
        return null;
    }

    private static int ParseMinutes(ArgumentResult argument, string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)) return minutes;
        argument.AddError($"MESH_CONNECTION_AGE: found '{text}', expected minutes such as 30, or 0 for never");
        return 0;
    }

    private static void CheckMinutes(OptionResult result)
    {
        if (result.GetValueOrDefault<int>() < 0) result.AddError($"--connection-age: found {result.GetValueOrDefault<int>()}, expected minutes such as 30, or 0 for never");
    }

    private static void CheckFolders(OptionResult result)
    {
        foreach (var folder in result.GetValueOrDefault<string[]>() ?? [])
        {
            if (!Directory.Exists(folder)) result.AddError($"--manifests: there is no folder '{folder}'; create it, or name one that exists");
        }
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable($"MESH_{name}") is { Length: > 0 } value ? value : null;
}
