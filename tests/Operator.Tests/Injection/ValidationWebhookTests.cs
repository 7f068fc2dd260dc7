using System.Text.Json;
using Mesh.Api.Resources;
using Mesh.Operator.Injection;
using Mesh.Operator.State;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.Operator.Tests.Injection;

public sealed class ValidationWebhookTests
{
    private const string Policy = """
        {"apiVersion": "mesh.io/v1alpha1", "kind": "TrafficPolicy", "metadata": {"name": "p", "namespace": "shop"}, "spec": {"targetRefs": [{"group": "", "kind": "Service", "name": "catalog"}]}}
        """;

    [Fact]
    public async Task MissingTarget_IsAWarning()
    {
        var response = await ReviewAsync(_ => new(false));

        Assert.True(response.Allowed);
        Assert.StartsWith("spec.targetRefs[0].name: found shop/catalog, expected a Service that exists", Assert.Single(response.Warnings!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TargetThatCannotBeAskedFor_KeepsNoGoodPolicyOut()
    {
        var response = await ReviewAsync(_ => throw new HttpRequestException("the API server is busy"));

        Assert.Equal((true, null), (response.Allowed, response.Warnings));
    }

    private static ValueTask<AdmissionResponse> ReviewAsync(Func<NamespacedName, ValueTask<bool>> exists)
    {
        using var policy = JsonDocument.Parse(Policy);
        var request = new AdmissionRequest
        {
            Uid = "review-1",
            Kind = new() { Group = MeshApi.Group, Kind = TrafficPolicy.KubeKind },
            Namespace = "shop",
            Name = "p",
            Object = policy.RootElement.Clone(),
        };
        return new ValidationWebhook(new Services(exists), NullLogger<ValidationWebhook>.Instance).ReviewAsync(request, TestContext.Current.CancellationToken);
    }

    private sealed class Services(Func<NamespacedName, ValueTask<bool>> exists) : IServiceReader
    {
        public ValueTask<bool> ExistsAsync(NamespacedName name, CancellationToken cancellationToken) => exists(name);
    }
}
