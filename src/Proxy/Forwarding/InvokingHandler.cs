namespace Mesh.Proxy.Forwarding;

/// <summary>The end of a stack whose connections outlive it.</summary>
internal sealed class InvokingHandler(HttpMessageInvoker invoker) : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        invoker.SendAsync(request, cancellationToken);
}
