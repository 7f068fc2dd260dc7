namespace Mesh.Proxy.Tests;

public class ProxyCommandTests
{
    [Fact]
    public async Task Run_TakesEveryOption()
    {
        var options = await ParseAsync(
            "run", "--operator", "http://mesh-operator:15010", "--name", "p", "--namespace", "shop", "--service-account", "web",
            "--zone", "a", "--node", "node-7", "--outbound", "127.0.0.1:1",
            "--destination", "127.0.0.1:2=catalog:80", "--destination", "127.0.0.1:3=payments", "--inbound", "[::1]:4=127.0.0.1:5",
            "--admin", "[::1]:6", "--drain-timeout", "1m30s");

        Assert.NotNull(options);
        Assert.Equal(["catalog:80", "payments:80"], options.Destinations.Select(port => port.Authority.ToString()));
        Assert.Equal("[::1]:4 127.0.0.1:5", $"{options.Inbound[0].Listen} {options.Inbound[0].Application}");
        Assert.Equal(TimeSpan.FromSeconds(90), options.DrainTimeout);
        Assert.Equal(("web", "a", "node-7"), (options.ServiceAccount, options.Zone, options.Node));
    }

    [Fact]
    public async Task Run_KnowsNoPlaceUnlessToldOne()
    {
        var options = await ParseAsync("run");

        Assert.NotNull(options);
        Assert.Equal(("default", "", ""), (options.ServiceAccount, options.Zone, options.Node));
    }

    [Theory]
    [InlineData("--admin: found '0.0.0.0:15000', expected a loopback address", "--admin", "0.0.0.0:15000")]
    [InlineData("--admin: found '10.0.0.7:15000', expected a loopback address", "--admin", "10.0.0.7:15000")]
    [InlineData("--outbound: found '0.0.0.0:15001', expected a loopback address", "--outbound", "0.0.0.0:15001")]
    [InlineData("--outbound: found '15001', expected an address and a port", "--outbound", "15001")]
    [InlineData("--outbound: found '127.0.0.1', expected an address and a port", "--outbound", "127.0.0.1")]
    [InlineData("--outbound: found '::1', expected an address and a port", "--outbound", "::1")]
    [InlineData("--operator: found 'mesh-operator:15010', expected an address such as", "--operator", "mesh-operator:15010")]
    [InlineData("--destination: found 'catalog', expected LISTEN=AUTHORITY", "--destination", "catalog")]
    [InlineData("--inbound: found '127.0.0.1:1=8080', expected LISTEN=APPLICATION", "--inbound", "127.0.0.1:1=8080")]
    [InlineData("--drain-timeout: found '30', expected a duration", "--drain-timeout", "30")]
    public void Run_RefusesWhatItCannotRead(string error, params string[] arguments)
    {
        var result = ProxyCommand.Create((_, _) => Task.FromResult(0)).Parse(["run", .. arguments]);

        Assert.Contains(error, string.Join('\n', result.Errors.Select(found => found.Message)), StringComparison.Ordinal);
    }

    private static async Task<ProxyOptions?> ParseAsync(params string[] arguments)
    {
        ProxyOptions? options = null;
        var result = ProxyCommand.Create((given, _) =>
        {
            options = given;
            return Task.FromResult(0);
        }).Parse(arguments);
        await result.InvokeAsync(cancellationToken: TestContext.Current.CancellationToken);
        return options;
    }
}
