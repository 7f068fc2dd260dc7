using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Mesh.Operator.Hosting;
using Mesh.Operator.Tests.Discovery;

namespace Mesh.Operator.Tests.Hosting;

public sealed class OperatorProgramTests
{
    [Theory]
    [InlineData("--discovery", "nonsense")]
    [InlineData("--discovery", "127.0.0.1")]
    [InlineData("--admin", "::1")]
    [InlineData("--admin", "127.0.0.1:70000")]
    public async Task BadAddress_SaysWhatIsExpected(string option, string value)
    {
        var (exitCode, errors) = await RunAsync("run", "--manifests", Path.GetTempPath(), option, value);

        Assert.Equal(1, exitCode);
        Assert.Contains($"{option}: found '{value}', expected an IP address and a port", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MissingFolder_IsNamed()
    {
        var (exitCode, errors) = await RunAsync("run", "--manifests", "/nowhere/at/all");

        Assert.Equal(1, exitCode);
        Assert.Contains("there is no folder '/nowhere/at/all'", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PortInUse_IsNamed()
    {
        using var folder = new TemporaryFolder();
        await using var other = await TestOperator.StartAsync();

        var (exitCode, errors) = await RunAsync("run", "--manifests", folder.Path, "--discovery", other.Address.ToString(), "--admin", "127.0.0.1:0");

        Assert.Equal(1, exitCode);
        Assert.Contains(other.Address.ToString(), errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryAddress_IsOfBothFamilies()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "needs IPv6");
        await using var mesh = await TestOperator.StartAsync(host: IPAddress.IPv6Any);
        using var http = new HttpClient();

        foreach (var loopback in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            Assert.Equal(HttpStatusCode.OK, (await GetAsync(http, new(loopback, mesh.AdminAddress.Port), "/healthz")).StatusCode);
        }
    }

    [Fact]
    public async Task EveryAddress_IsOfIPv4_WhereThereIsNoOther()
    {
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo("dotnet", [typeof(OperatorCommand).Assembly.Location, "run", "--manifests", folder.Path, "--discovery", "[::]:0", "--admin", "[::]:0"]) { RedirectStandardOutput = true };
        start.Environment["DOTNET_SYSTEM_NET_DISABLEIPV6"] = "1";
        using var program = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            var said = "";
            while (!said.Contains("listening for discovery on", StringComparison.Ordinal)) said = await program.StandardOutput.ReadLineAsync(limit.Token) ?? throw new EndOfStreamException(said);
            Assert.Contains("http://0.0.0.0:", said, StringComparison.Ordinal);
        }
        finally
        {
            program.Kill();
            await program.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Fact]
    public async Task PartThatFails_EndsTheOperatorWithAnError()
    {
        using var folder = new TemporaryFolder();
        var options = new OperatorOptions { Manifests = [folder.Path], Discovery = new(IPAddress.Loopback, 0), Admin = new(IPAddress.Loopback, 0) };
        using var errors = new StringWriter();

        var exitCode = await OperatorProgram.RunAsync(
            options, errors, TestContext.Current.CancellationToken, builder => builder.Services.AddHostedService<BrokenPart>());

        Assert.Equal(1, exitCode);
        Assert.Contains("BrokenPart failed, so the operator stopped: System.InvalidOperationException: broken", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Admin_AnswersOnItsOwnListenerOnly()
    {
        await using var mesh = await TestOperator.StartAsync(synced: false);
        using var http = new HttpClient();

        Assert.Equal(HttpStatusCode.OK, (await GetAsync(http, mesh.AdminAddress, "/healthz")).StatusCode);
        var unready = await GetAsync(http, mesh.AdminAddress, "/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, unready.StatusCode);
        Assert.Contains("not yet listed: Namespace, Service", await unready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Given.Sync(mesh.State);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(http, mesh.AdminAddress, "/readyz")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(http, mesh.Address, "/healthz", HttpVersion.Version20)).StatusCode);
    }

    [Fact]
    public async Task Metrics_CountProxiesAndObjects()
    {
        await using var mesh = await TestOperator.StartAsync();
        mesh.Upsert(Given.Service("catalog"));
        using var proxy = await mesh.ConnectAsync();
        await proxy.SubscribedAsync("catalog");
        using var http = new HttpClient();

        var metrics = await (await GetAsync(http, mesh.AdminAddress, "/metrics")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        var lines = metrics.Split('\n');
        Assert.Contains(lines, line => line.StartsWith("mesh_operator_proxies{", StringComparison.Ordinal) && line.EndsWith(" 1", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("mesh_operator_objects{", StringComparison.Ordinal) && line.Contains("kind=\"Service\"", StringComparison.Ordinal) && line.EndsWith(" 1", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("mesh_operator_updates_total{", StringComparison.Ordinal) && line.Contains("kind=\"whole\"", StringComparison.Ordinal));
    }

    private static Task<HttpResponseMessage> GetAsync(HttpClient http, IPEndPoint address, string path, Version? version = null) => http.SendAsync(
        new(HttpMethod.Get, $"http://{address}{path}") { Version = version ?? HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact },
        TestContext.Current.CancellationToken);

    private sealed class BrokenPart : BackgroundLoop
    {
        protected override Task RunAsync(CancellationToken stoppingToken) => Task.FromException(new InvalidOperationException("broken"));
    }

    private static async Task<(int ExitCode, string Errors)> RunAsync(params string[] arguments)
    {
        var errors = new StringWriter();
        var exitCode = await OperatorCommand.Create().Parse(arguments)
            .InvokeAsync(new() { Output = TextWriter.Null, Error = errors, ProcessTerminationTimeout = null }, TestContext.Current.CancellationToken);
        return (exitCode, errors.ToString());
    }
}
