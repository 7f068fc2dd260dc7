using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json.Nodes;
using Mesh.Operator.Injection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Operator.Tests.Injection;

public sealed class AdmissionEndpointTests
{
    private const string Review = """
        {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {"uid": "review-1", "kind": {"kind": "Pod"}, "object": {}}}
        """;

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

    private static async Task<JsonNode> AnswerAsync(IAdmissionWebhook webhook)
    {
        await using var services = new ServiceCollection().AddMetrics().AddLogging().BuildServiceProvider();
        var context = new DefaultHttpContext { RequestServices = services };
        context.Request.ContentType = "application/json";
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(Review));
        context.Response.Body = new MemoryStream();
        var endpoint = new AdmissionEndpoint(webhook, new WebhookMetrics(services.GetRequiredService<IMeterFactory>()), NullLogger<AdmissionEndpoint>.Instance);

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
}
