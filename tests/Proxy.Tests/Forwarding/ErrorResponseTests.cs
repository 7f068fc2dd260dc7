using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Tests.Forwarding;

public class ErrorResponseTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Codes => [.. Enum.GetNames<MeshErrorCode>()];

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task Error_ExplainsItself(string name)
    {
        var code = Enum.Parse<MeshErrorCode>(name);
        var description = ErrorDescription.Of(code);
        using var destination = new PlayedDestination(new FailingHandler(code));
        await using var proxy = await TestProxy.StartAsync(_ => destination.Destination);
        using var client = TestProxy.NewClient(proxy.CatalogPort);
        using var answer = await client.GetAsync(new Uri("/", UriKind.Relative), Cancellation);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancellation))!;

        Assert.Equal(description.Status, (int)answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal(description.Code, answer.Headers.GetValues("mesh-error").Single());
        Assert.Equal(description.Code, (string?)problem["code"]);
        Assert.Equal(description.Status, (int?)problem["status"]);
        Assert.Equal("it's why", (string?)problem["detail"]);
        Assert.Equal("shop/catalog:80", (string?)problem["destination"]);
        Assert.Equal("shop/catalog@3", (string?)problem["policies"]![0]);
        Assert.Equal("""{"endpoint":"10.0.0.7:8080","outcome":"ConnectFailure","ms":12.3}""", problem["attempts"]![0]!.ToJsonString());
        Assert.NotEmpty((string)problem["hint"]!);
        Assert.NotEmpty((string)problem["id"]!);
    }

    [Theory]
    [InlineData("application/json", null)]
    [InlineData("application/grpc", "250")]
    public async Task Refusal_SaysWhenToComeAgain_AndKeepsItsFields(string contentType, string? pushback)
    {
        using var destination = new PlayedDestination(new RefusingHandler());
        await using var proxy = await TestProxy.StartAsync(_ => destination.Destination);
        using var client = TestProxy.NewClient(proxy.CatalogPort);
        using var content = new ByteArrayContent([]) { Headers = { ContentType = new(contentType) } };
        using var answer = await client.PostAsync(new Uri("/", UriKind.Relative), content, Cancellation);

        Assert.Equal("mesh/rate-limited", answer.Headers.GetValues("mesh-error").Single());
        Assert.Equal("1", answer.Headers.GetValues("Retry-After").Single());
        Assert.Equal("\"total\";r=0;t=1", answer.Headers.GetValues("RateLimit").Single());
        Assert.Equal(pushback, answer.Headers.TryGetValues("grpc-retry-pushback-ms", out var values) ? values.Single() : null);
        Assert.Equal(pushback is null ? 429 : 200, (int)answer.StatusCode);
    }

    [Theory]
    [MemberData(nameof(Codes))]
    public void Code_IsItsNameInKebabCase(string name)
    {
        var kebab = System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(name);

        Assert.Equal("mesh/" + kebab, ErrorDescription.Of(Enum.Parse<MeshErrorCode>(name)).Code);
    }

    [Fact]
    public void Reference_ListsEveryCode_WithStatusAndCause()
    {
        var listed = File.ReadLines(Path.Combine(RepositoryRoot(), "docs/reference/errors.md"))
            .Where(line => line.StartsWith("| `mesh/", StringComparison.Ordinal))
            .Select(line => string.Join(' ', line.Split('|', StringSplitOptions.TrimEntries)[1..4]));

        Assert.Equal(
            Enum.GetValues<MeshErrorCode>().Select(ErrorDescription.Of).Select(error => $"`{error.Code}` {error.Status} {GrpcName(error)}"),
            listed);
    }

    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("100% \u00e9\n", "100%25 %C3%A9%0A")]
    public void GrpcMessage_IsPercentEncoded(string message, string encoded) => Assert.Equal(encoded, GrpcCall.EncodeMessage(message));

    private static string GrpcName(ErrorDescription error) =>
        GrpcCall.StatusName(((int)error.GrpcStatus).ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static string RepositoryRoot([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../.."));

    private sealed class FailingHandler(MeshErrorCode code) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var endpoint = new LiveEndpoint(new(IPAddress.Parse("10.0.0.7"), 8080), "", _ => throw new InvalidOperationException("not to be connected to"), TimeProvider.System);
            Assert.True(endpoint.TryLease());
            RequestTrace.Of(request).Begin(new(endpoint)).Failed("ConnectFailure", AttemptEnd.ConnectFailed, TimeSpan.FromMilliseconds(12.345));
            throw new MeshException(code, "it's why");
        }
    }

    private sealed class RefusingHandler : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var reason = new MeshException(MeshErrorCode.RateLimited, "too many") { RetryAfter = TimeSpan.FromMilliseconds(250) };
            var refused = new RefusedResponse(reason, request);
            refused.Headers.Add("RateLimit", "\"total\";r=0;t=1");
            return Task.FromResult<HttpResponseMessage>(refused);
        }
    }
}
