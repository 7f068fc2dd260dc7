using Mesh.Operator.Hosting;

namespace Mesh.Operator.Tests.InCluster;

/// <summary>What <c>helm test</c> runs, against an operator as it runs.</summary>
public sealed class ProbeTests(OperatorFixture mesh) : IClassFixture<OperatorFixture>
{
    [Fact]
    public async Task Operator_ThatServes_IsFoundWell()
    {
        var (exitCode, output) = await ProbeAsync($"--discovery={mesh.Discovery}", $"--webhook=https://{mesh.Webhook}");

        Assert.Equal($"discovery {mesh.Discovery}: ok\nwebhook https://{mesh.Webhook}/: ok\n", output);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task Operator_ThatIsSomebodyElse_IsFoundOut()
    {
        // Its admin port answers, and knows no webhook.
        var (exitCode, output) = await ProbeAsync($"--discovery={mesh.Admin}", $"--webhook=http://{mesh.Admin}", "--timeout=1");

        Assert.Contains($"webhook http://{mesh.Admin}/: it answered 404", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    private static async Task<(int ExitCode, string Output)> ProbeAsync(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var exitCode = await OperatorCommand.Create().Parse(["probe", .. arguments]).InvokeAsync(new() { Output = output }, TestContext.Current.CancellationToken);
        return (exitCode, output.ToString());
    }
}
