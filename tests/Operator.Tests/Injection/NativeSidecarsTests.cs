using System.Net;
using System.Text;
using k8s;
using Mesh.Operator.Injection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Operator.Tests.Injection;

public sealed class NativeSidecarsTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData("1", "28", false)]
    [InlineData("1", "29", true)]
    [InlineData("1", "29+", true)]
    [InlineData("1", "34", true)]
    [InlineData("2", "0", true)]
    [InlineData("", "", false)]
    public async Task Cluster_HasThem_By129(string major, string minor, bool areThere)
    {
        using var handler = new Versions { Major = major, Minor = minor };

        Assert.Equal(areThere, await Of(handler).AreThereAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Upgrade_IsNoticed_AndAServerThatDoesNotAnswerChangesNothing()
    {
        using var handler = new Versions { Minor = "28" };
        var sidecars = Of(handler);
        Assert.False(await sidecars.AreThereAsync(TestContext.Current.CancellationToken));

        handler.Minor = "29";
        Assert.False(await sidecars.AreThereAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, handler.Asked);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.True(await sidecars.AreThereAsync(TestContext.Current.CancellationToken));

        handler.IsAway = true;
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.True(await sidecars.AreThereAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task ServerThatHasNeverAnswered_IsAnError_RatherThanAGuess()
    {
        using var handler = new Versions { IsAway = true };

        await Assert.ThrowsAnyAsync<Exception>(async () => await Of(handler).AreThereAsync(TestContext.Current.CancellationToken));
    }

    private NativeSidecars Of(Versions handler) =>
        new(new Kubernetes(new KubernetesClientConfiguration { Host = "http://localhost" }, handler), _time, NullLogger<NativeSidecars>.Instance);

    private sealed class Versions : DelegatingHandler
    {
        public string Major { get; init; } = "1";

        public string Minor { get; set; } = "";

        public bool IsAway { get; set; }

        public int Asked { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked++;
            if (IsAway) throw new HttpRequestException("nobody is there");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
            {
                RequestMessage = request,
                Content = new StringContent($$"""{"major": "{{Major}}", "minor": "{{Minor}}", "gitVersion": "v1"}""", Encoding.UTF8, "application/json"),
            });
        }
    }
}
