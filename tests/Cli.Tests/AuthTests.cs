namespace Mesh.Cli.Tests;

public sealed class AuthTests
{
    [Theory]
    [InlineData("allowed", 0, "--from", "shop/frontend", "--to", "shop/payments", "POST", "/charge")]
    [InlineData("other-path", 1, "--from", "shop/frontend", "--to", "shop/payments", "POST", "/refund")]
    [InlineData("other-caller", 1, "--from", "shop/catalog", "--to", "shop/payments", "POST", "/charge")]
    [InlineData("no-identity", 1, "--from-address", "10.0.0.9", "--to", "shop/catalog:80", "GET", "/")]
    [InlineData("default", 0, "--from", "shop/frontend", "--to", "shop/catalog:80", "GET", "/")]
    [InlineData("denied", 1, "--from", "shop/frontend", "--to", "shop/catalog:81", "DELETE", "/")]
    [InlineData("connection", 1, "--from", "shop/frontend", "--to", "shop/payments")]
    [InlineData("shadow", 0, "--from", "spiffe://cluster.local/ns/other/sa/a", "--to", "shop/catalog:81", "GET", "/")]
    [InlineData("claims", 0, "--from", "audit/a", "--claims", """{"realm_access": {"roles": ["auditor"]}}""", "--to", "shop/payments", "GET", "/")]
    [InlineData("ambiguous-path", 1, "--from", "shop/frontend", "--to", "shop/payments", "POST", "/x/..;/charge")]
    [InlineData("json", 0, "-o", "json", "--from", "shop/frontend", "--to", "shop/payments", "POST", "/charge")]
    [InlineData("no-service", 2, "--from", "shop/frontend", "--to", "shop/nothing", "POST", "/charge")]
    [InlineData("no-port", 2, "--from", "shop/frontend", "--to", "shop/catalog", "GET", "/")]
    [InlineData("bad-caller", 2, "--from", "frontend", "--to", "shop/payments", "POST", "/charge")]
    public void Check_AnswersAsTheSidecarWould(string name, int exitCode, params string[] arguments)
    {
        var run = Run.Meshctl(["auth", "check", "-f", "auth", .. arguments]);

        Assert.Equal(exitCode, run.ExitCode);
        Golden.Matches($"auth-{name}", run);
    }

    [Theory]
    [InlineData("/charge", "frontend", 0)]
    [InlineData("/charge", "catalog", 1)]
    [InlineData("/refund", "frontend", 1)]
    public void OfACluster_TheSameAsOfItsManifests(string path, string caller, int exitCode)
    {
        string[] question = ["auth", "check", "--from", $"shop/{caller}", "--to", "shop/payments", "POST", path];
        var cluster = new FakeCluster();
        cluster.Add(File.ReadAllText(Path.Combine(Repository.Tests, "Fixtures", "auth", "shop.yaml")));

        var run = Run.MeshctlOn(cluster, question);

        var ofManifests = Run.Meshctl([.. question, "-f", "auth"]);
        Assert.Equal((exitCode, ofManifests.Output, ""), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public void ClusterThatKeepsPoliciesToItself_IsNoAnswer()
    {
        var cluster = new FakeCluster { Forbidden = { "authorizationpolicy" } };

        Assert.Equal(3, Run.MeshctlOn(cluster, "auth", "check", "--from", "shop/frontend", "--to", "shop/payments", "POST", "/charge").ExitCode);
    }

    [Fact]
    public void PolicyThatCantBeRead_RefusesEverything()
    {
        var run = Run.Meshctl("auth", "check", "-f", "auth-unreadable", "--from", "shop/frontend", "--to", "shop/payments", "GET", "/");

        Assert.Equal(1, run.ExitCode);
        Golden.Matches("auth-unreadable", run);
    }
}
