using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Listening;

/// <summary>
/// Hands each request to its port's handler. It stands where ASP.NET's hosting layer would, whose scopes, activities and events
/// nothing here uses, and reuses a connection's context from one request to the next as that does.
/// </summary>
internal sealed class PortDispatch : IHttpApplication<PortContext>
{
    public PortContext CreateContext(IFeatureCollection contextFeatures)
    {
        if (contextFeatures is not IHostContextContainer<PortContext> container) return new(contextFeatures);
        if (container.HostContext is not { } reused) return container.HostContext = new(contextFeatures);
        reused.Http.Initialize(contextFeatures);
        return reused;
    }

    public Task ProcessRequestAsync(PortContext context)
    {
        var (http, port) = (context.Http, context.Port);
        // HTTP/2 connections of before have had their GOAWAY. With one at the first request, whatever a new one sends beside that request
        // would be refused, on each connection anew.
        if (port.IsLeaving && HttpProtocol.IsHttp11(http.Request.Protocol)) http.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        return context.Input?.Refused is { } malformed ? port.AnswerMalformed(http, malformed) : port.Handler(http);
    }

    public void DisposeContext(PortContext context, Exception? exception)
    {
        context.Input?.EndRequest();
        context.Http.Uninitialize();
    }
}
