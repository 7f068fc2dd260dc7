using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Net.Security;

namespace Mesh.Operator.Probing;

/// <summary><c>mesh-operator probe</c>: what <c>helm test</c> runs in the cluster.</summary>
internal static class ProbeCommand
{
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(1);

    private static readonly Option<DnsEndPoint> Discovery = new("--discovery")
    {
        Description = "Where sidecars connect.",
        HelpName = "HOST:PORT",
        Required = true,
        CustomParser = argument => ParseAddress(argument, argument.Tokens[0].Value),
    };

    private static readonly Option<Uri> Webhook = new("--webhook")
    {
        Description = "Where the API server asks.",
        HelpName = "URL",
        Required = true,
        CustomParser = argument => ParseUrl(argument, argument.Tokens[0].Value),
    };

    private static readonly Option<int> Timeout = new("--timeout")
    {
        Description = "How long to go on asking, in seconds.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 60,
    };

    public static Command Create()
    {
        var command = new Command("probe", "Asks a running operator for a sidecar and for a connection. Exit code 0: it gave both, 1: it did not.") { Discovery, Webhook, Timeout };
        command.SetAction(async (result, cancellationToken) =>
        {
            var (discovery, webhook) = (result.GetRequiredValue(Discovery), result.GetRequiredValue(Webhook));
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(TimeSpan.FromSeconds(result.GetValue(Timeout)));
            using var handler = new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = Anyone } };
            using var http = new HttpMessageInvoker(handler);
            var probe = new OperatorProbe(http);
            var output = result.InvocationConfiguration.Output;
            var connected = await SayAsync(output, $"discovery {discovery.Host}:{discovery.Port}", token => OperatorProbe.ConnectAsync(discovery, token), deadline.Token);
            var injected = await SayAsync(output, $"webhook {webhook}", token => probe.AskWebhookAsync(webhook, token), deadline.Token);
            return connected && injected ? 0 : 1;
        });
        return command;
    }

    private static DnsEndPoint? ParseAddress(ArgumentResult argument, string text)
    {
        var separator = text.LastIndexOf(':');
        if (separator > 0 && ushort.TryParse(text[(separator + 1)..], CultureInfo.InvariantCulture, out var port)) return new(text[..separator], port);
        argument.AddError($"--discovery: found '{text}', expected a host and a port such as mesh-operator.mesh-system.svc:15010");
        return null;
    }

    private static Uri? ParseUrl(ArgumentResult argument, string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https") return url;
        argument.AddError($"--webhook: found '{text}', expected a URL such as https://mesh-webhook.mesh-system.svc");
        return null;
    }

    // Whether the operator is whom the API server trusts is for the API server to check, which holds the authority's certificate.
    private static bool Anyone(object sender, object? certificate, object? chain, SslPolicyErrors errors) => true;

    // An operator that was installed a moment ago is about to answer.
    private static async Task<bool> SayAsync(TextWriter output, string what, Func<CancellationToken, Task<string?>> ask, CancellationToken deadline)
    {
        string? fault = "no answer in time";
        try
        {
            while ((fault = await ask(deadline)) is not null) await Task.Delay(RetryPeriod, TimeProvider.System, deadline);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            fault ??= "no answer in time";
        }
        await output.WriteLineAsync($"{what}: {fault ?? "ok"}");
        return fault is null;
    }
}
