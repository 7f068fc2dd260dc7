using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Operator.Injection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Operator.Tests.Injection;

public sealed class AdmissionEndpointTests
{
    private const string Review = """
        {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {"uid": "review-1", "kind": {"kind": "Pod"}, "object": {}}}
        """;

    private readonly FakeTimeProvider _time = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WebhookThatFails_AdmitsOrDenies_AsItsFailurePolicySays(bool admits)
    {
        var response = await AnswerAsync(new FailingWebhook(admits));

        Assert.Equal("review-1", (string?)response["uid"]);
        Assert.Equal(admits, (bool)response["allowed"]!);
        var told = admits ? (string?)response["warnings"]![0] : (string?)response["status"]!["message"];
        Assert.Equal("mesh-operator: webhook failing failed on review review-1: broken", told);
    }

    // The API server would tell nobody why: to it there was no answer.
    [Fact]
    public async Task WebhookThatTakesTooLong_IsAnsweredFor_BeforeTheApiServerGivesUp()
    {
        var answering = AnswerAsync(new EndlessWebhook(_asked), "?timeout=5s");
        await _asked.Task;
        _time.Advance(TimeSpan.FromSeconds(4.5));
        var response = await answering;

        Assert.True((bool)response["allowed"]!);
        Assert.Equal("mesh-operator: webhook endless failed on review review-1: no decision in the time that the API server waits", (string?)response["warnings"]![0]);
    }

    private async Task<JsonNode> AnswerAsync(IAdmissionWebhook webhook, string query = "")
    {
        await using var services = new ServiceCollection().AddMetrics().AddLogging().BuildServiceProvider();
        var context = new DefaultHttpContext { RequestServices = services };
        context.Request.ContentType = "application/json";
        context.Request.QueryString = new(query);
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(Review));
        context.Response.Body = new MemoryStream();
        var endpoint = new AdmissionEndpoint(webhook, new WebhookMetrics(services.GetRequiredService<IMeterFactory>()), _time, NullLogger<AdmissionEndpoint>.Instance);

        await (await endpoint.ReviewAsync(context)).ExecuteAsync(context);

        context.Response.Body.Position = 0;
        return (await JsonNode.ParseAsync(context.Response.Body))!["response"]!;
    }

    private sealed class FailingWebhook(bool admits) : IAdmissionWebhook
    {
        public string Name => "failing";

        public bool AdmitsOnFailure => admits;

        public ValueTask<AdmissionResponse> ReviewAsync(AdmissionRequest request, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("broken");
    }

    private sealed class EndlessWebhook(TaskCompletionSource asked) : IAdmissionWebhook
    {
        public string Name => "endless";

        public bool AdmitsOnFailure => true;

        public async ValueTask<AdmissionResponse> ReviewAsync(AdmissionRequest request, CancellationToken cancellationToken)
        {
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException("endless");
        }
    }
}
