using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.EndToEnd.Tests.Applications;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>
/// Real clients and real servers in pods of their own, intercepted by real rules, that know nothing of a mesh: each comes to the same with it
/// and without.
/// </summary>
public sealed partial class TrafficTests(BothNetworks networks) : IClassFixture<BothNetworks>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("-4")]
    [InlineData("-6")]
    [InlineData("-4", "-I")]
    [InlineData("-4", "-d", "field=value")]
    [InlineData("-4", "-X", "DELETE")]
    [InlineData("-6", "-H", "transfer-encoding: chunked", "-d", "chunked")]
    [InlineData("-4", "--http1.0")]
    [InlineData("-4", "-H", "host: web.shop:80")]
    public async Task Curl_GetsTheSameAnswer(params string[] options)
    {
        var answer = await networks.SameAsync(network => CurlAsync(network, "web", "/path?query=1", options));

        Assert.Contains("200 OK", answer, StringComparison.Ordinal);
        Assert.Contains("x-path: /path", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curl_GetsTheSameError() =>
        Assert.Contains("404 Not Found", await networks.SameAsync(network => CurlAsync(network, "web", "/missing")), StringComparison.Ordinal);

    [Fact]
    public async Task Curl_UploadsTheSameMegabytes()
    {
        var body = new string('x', 3_000_000);

        var answer = await networks.SameAsync(async network => WithoutDate(
            (await network.Client.RunWithInputAsync(body, "curl", "-sSi", "--max-time", "30", "--data-binary", "@-", $"http://{network.Service("web").Address}/upload")).Succeeded()));

        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(body))), answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Curl_SendsSeveralRequestsOnAConnection() => await networks.SameAsync(network => CurlAsync(network, "web", "/[1-20]"));

    [Fact]
    public async Task APodsOwnAddress_IsReachedAsItIs() => Assert.Contains("200 OK", await networks.SameAsync(async network =>
        WithoutDate((await network.Client.RunAsync("curl", "-sSi", "--max-time", "30", $"http://{network.Server.Address}:8080/direct")).Succeeded())), StringComparison.Ordinal);

    [Theory]
    [InlineData("-4")]
    [InlineData("-6")]
    public async Task APolicy_HoldsForWhatIsSentToTheServicesAddress(string family)
    {
        Assert.SkipUnless(NetworkNamespace.Lack is null, NetworkNamespace.Lack ?? "");

        Assert.Contains("418", await CurlAsync(networks.With, "web", "/fail", family, "-H", "x-fail: please"), StringComparison.Ordinal);
        Assert.Contains("200 OK", await CurlAsync(networks.Without, "web", "/fail", family, "-H", "x-fail: please"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task APodThatCallsItselfByItsService_ReachesItself()
    {
        Assert.SkipUnless(NetworkNamespace.Lack is null, NetworkNamespace.Lack ?? "");
        var answers = await Task.WhenAll(new[] { networks.Without, networks.With }.Select(network => CurlAsync(network.Server, network, "web", "/self")));

        Assert.Equal(answers[0], answers[1]);
        Assert.Contains("200 OK", answers[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatTheNodeAsksAPod_IsAnswered()
    {
        Assert.SkipUnless(NetworkNamespace.Lack is null, NetworkNamespace.Lack ?? "");
        var answers = await Task.WhenAll(new[] { networks.Without, networks.With }.Select(async network =>
            WithoutDate((await CommandRun.InAsync(network.Node.Namespace, null, "curl", "-sSi", "--max-time", "30", $"http://{network.Server.Address}:8080/probe")).Succeeded())));

        Assert.Equal(answers[0], answers[1]);
        Assert.Contains("200 OK", answers[1], StringComparison.Ordinal);
        Assert.True(await networks.With.Server.CountAsync("inbound") > 0);
    }

    [Theory]
    [InlineData("--h1", "web")]
    [InlineData("", "grpc")]
    public async Task H2Load_SeesNoFailure(string version, string service)
    {
        var report = await networks.SameAsync(async network =>
        {
            var output = (await network.Client.RunAsync("bash", "-c", $"h2load {version} -n 2000 -c 20 http://{network.Service(service).Address}/load")).Succeeded();
            return string.Join('\n', Totals().Matches(output).Select(match => match.Value));
        });

        Assert.Equal("2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout\n2000 2xx, 0 3xx, 0 4xx, 0 5xx", report);
    }

    [Fact]
    public async Task Grpc_CarriesEveryKindOfCall()
    {
        var report = await networks.SameAsync(async network =>
        {
            using var channel = GrpcChannel.ForAddress("http://grpc.shop", new() { HttpHandler = network.Client.NewHandler(network.Resolve) });
            var client = new Echo.EchoClient(channel);
            var said = new StringBuilder();
            using var unary = client.UnaryAsync(new() { Text = "hello" }, new Metadata { { "x-key", "value" }, { "x-key-bin", new byte[] { 0, 255 } } }, cancellationToken: Cancellation);
            said.AppendLine((await unary).Text).AppendLine(string.Join(',', unary.GetTrailers().Select(entry => entry.Key)));
            using var collect = client.Collect(cancellationToken: Cancellation);
            for (var i = 0; i < 100; i++) await collect.RequestStream.WriteAsync(new() { Text = $"{i}" }, Cancellation);
            await collect.RequestStream.CompleteAsync();
            said.AppendLine((await collect).Text);
            using var expand = client.Expand(new() { Text = "n", Count = 100 }, cancellationToken: Cancellation);
            await foreach (var message in expand.ResponseStream.ReadAllAsync(Cancellation)) said.Append(message.Text);
            using var converse = client.Converse(cancellationToken: Cancellation);
            for (var i = 0; i < 10; i++)
            {
                await converse.RequestStream.WriteAsync(new() { Text = $"ping {i}" }, Cancellation);
                Assert.True(await converse.ResponseStream.MoveNext(Cancellation));
                said.AppendLine(converse.ResponseStream.Current.Text);
            }
            await converse.RequestStream.CompleteAsync();
            var failed = await Assert.ThrowsAsync<RpcException>(async () => await client.UnaryAsync(new() { Text = "fail" }, cancellationToken: Cancellation));
            return said.AppendLine($"{failed.Status.StatusCode} {failed.Status.Detail} {failed.Trailers.GetValue("x-reason")}").ToString();
        });

        Assert.Contains("Aborted as asked", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WebSocket_CarriesFramesBothWays()
    {
        var report = await networks.SameAsync(async network =>
        {
            using var invoker = new HttpMessageInvoker(network.Client.NewHandler(network.Resolve));
            using var socket = new ClientWebSocket();
            await socket.ConnectAsync(new("ws://web.shop/socket"), invoker, Cancellation);
            var said = new StringBuilder();
            var buffer = new byte[8192];
            foreach (var type in new[] { WebSocketMessageType.Text, WebSocketMessageType.Binary })
            {
                await socket.SendAsync(Encoding.UTF8.GetBytes(new string('w', 4000)), type, true, Cancellation);
                var received = await socket.ReceiveAsync(buffer, Cancellation);
                said.AppendLine($"{received.MessageType} {Encoding.UTF8.GetString(buffer, 0, received.Count)}");
            }
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", Cancellation);
            return said.AppendLine($"{socket.CloseStatus} {socket.CloseStatusDescription}").ToString();
        });

        Assert.Contains("NormalClosure bye", report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Redis_AnswersTheSame(bool v6)
    {
        var key = v6 ? "six" : "four";
        var commands = $"SET {key} {new string('v', 500_000)}\nSTRLEN {key}\nLPUSH list-{key} a b c\nLRANGE list-{key} 0 -1\nMULTI\nINCR n-{key}\nINCR n-{key}\nEXEC\nNONSENSE\nGET missing\n";

        var answer = await networks.SameAsync(async network =>
            (await network.Client.RunWithInputAsync(commands, "redis-cli", "-h", $"{(v6 ? network.Service("redis").AddressV6 : network.Service("redis").Address)}")).Output);

        Assert.Contains("OK\n500000\n3\nc\nb\na\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redis_TakesPipelinesAndSubscriptions()
    {
        var pipeline = string.Concat(Enumerable.Range(0, 5000).Select(i => $"SET key{i} value{i}\r\n"));

        Assert.Contains("errors: 0, replies: 5000", await networks.SameAsync(async network =>
            (await network.Client.RunWithInputAsync(pipeline, "redis-cli", "-h", $"{network.Service("redis").Address}", "--pipe")).Succeeded()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Postgres_AnswersTheSame(bool v6)
    {
        var table = v6 ? "six" : "four";
        var script = $"""
            create table {table} (id int primary key, name text);
            insert into {table} select i, 'name ' || i from generate_series(1, 10000) i;
            select count(*), sum(id) from {table};
            select * from {table} where id between 7 and 9;
            select * from no_such_table;
            \copy (select name from {table} order by id limit 3) to stdout
            select repeat('x', 100000);
            """;

        var answer = await networks.SameAsync(async network =>
        {
            var run = await network.Client.RunWithInputAsync(script, "psql", "-h", $"{(v6 ? network.Service("postgres").AddressV6 : network.Service("postgres").Address)}", "-U", "postgres", "-f", "-");
            return $"{run.ExitCode}\n{run.Output}\n{run.Errors}";
        });

        Assert.Contains("INSERT 0 10000", answer, StringComparison.Ordinal);
        Assert.Contains("relation \"no_such_table\" does not exist", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tls_IsPassedThrough_AndItsCertificateIsTheServers(bool v6)
    {
        var answer = await networks.SameAsync(async network =>
        {
            var run = await network.Client.RunAsync("openssl", "s_client", "-connect", v6 ? $"[{network.Service("tls").AddressV6}]:443" : $"{network.Service("tls").Address}:443", "-servername", "tls.shop",
                "-verify_hostname", "tls.shop", "-CAfile", networks.Certificates.Authority, "-verify_return_error", "-brief");
            return $"{run.ExitCode}\n{run.Output}\n{run.Errors}";
        });

        Assert.Contains("Peer certificate: CN = tls.shop", answer, StringComparison.Ordinal);
        Assert.Contains("Verification: OK", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Https_IsPassedThrough() => Assert.Contains("ppp", await networks.SameAsync(async network =>
        (await network.Client.RunAsync("curl", "-sS", "--max-time", "30", "--cacert", networks.Certificates.Authority, "--resolve", $"tls.shop:443:{network.Service("tls").Address}",
            "https://tls.shop/page.txt")).Succeeded()), StringComparison.Ordinal);

    [Theory]
    [InlineData("https://tls.shop/page.txt", "ppp")]
    [InlineData("http://web.shop/tunnel", "GET web.shop /tunnel")]
    public async Task Curl_GetsThroughATunnelOfTheSidecars(string url, string answer)
    {
        Assert.SkipUnless(NetworkNamespace.Lack is null, NetworkNamespace.Lack ?? "");

        Assert.Contains(answer, (await networks.With.Client.RunAsync(
            "curl", "-sS", "--max-time", "30", "--cacert", networks.Certificates.Authority, "-p", "-x", "http://127.0.0.1:15001", url)).Succeeded(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mail", 25)]
    [InlineData("news", 7119)]
    public async Task ServerThatSpeaksFirst_IsHeard(string service, int port)
    {
        var answer = await networks.SameAsync(async network =>
            (await network.Client.RunAsync("bash", "-c", $"exec 3<>/dev/tcp/{network.Service(service).Address}/{port}; read -r line <&3; echo \"$line\"; printf 'QUIT\\r\\n' >&3; cat <&3")).Succeeded());

        Assert.Equal("220 mail.shop ESMTP\r\n221 bye\r\n", answer);
    }

    [Fact]
    public async Task Mail_IsHandedIn()
    {
        var answer = await networks.SameAsync(async network =>
        {
            var run = await network.Client.RunWithInputAsync(string.Concat(Enumerable.Repeat("a line of the mail\r\n", 5000)), "curl", "-sSv", "--max-time", "30",
                $"smtp://{network.Service("mail").Address}/client.shop", "--mail-from", "a@shop", "--mail-rcpt", "b@shop", "-T", "-");
            return string.Join('\n', run.Errors.Split('\n').Where(line => line.StartsWith("< ", StringComparison.Ordinal)));
        });

        Assert.Contains("250 90000 characters taken", answer, StringComparison.Ordinal);
    }

    private static Task<string> CurlAsync(PodNetwork network, string service, string path, params string[] options) => CurlAsync(network.Client, network, service, path, options);

    private static async Task<string> CurlAsync(Pod from, PodNetwork network, string service, string path, params string[] options)
    {
        var called = network.Service(service);
        return WithoutDate((await from.RunAsync([
            "curl", "-sSi", "--max-time", "30", "--resolve", $"{service}.shop:{called.Port}:{called.Address},{called.AddressV6}", .. options, $"http://{service}.shop:{called.Port}{path}"])).Succeeded());
    }

    // The one header that differs from one second to the next.
    private static string WithoutDate(string answer) => Date().Replace(answer, "");

    [GeneratedRegex(@"^date: .*\n", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Date();

    [GeneratedRegex(@"(?<=requests: ).*|(?<=status codes: ).*")]
    private static partial Regex Totals();
}
