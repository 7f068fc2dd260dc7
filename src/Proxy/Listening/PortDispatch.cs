using Mesh.Proxy.Listening.Wire;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Proxy.Listening;

/// <summary>
/// Hands each request to its port's handler. It stands where ASP.NET's hosting layer would, whose scopes, activities and events
/// nothing here uses, and reuses a connection's context from one request to the next as that does.
/// </summary>
internal sealed class PortDispatch : IHttpApplication<DefaultHttpContext>
{
    public DefaultHttpContext CreateContext(IFeatureCollection contextFeatures)
    {
        if (contextFeatures is not IHostContextContainer<DefaultHttpContext> container) return new(contextFeatures);
        if (container.HostContext is { } reused)
        {
            reused.Initialize(contextFeatures);
            return reused;
        }
        return container.HostContext = new(contextFeatures);
    }

    public Task ProcessRequestAsync(DefaultHttpContext context)
    {
        var port = context.Features.GetRequiredFeature<Port>();
        // HTTP/2 connections of before have had their GOAWAY. With one at the first request, whatever a new one sends beside that request
        // would be refused, on each connection anew.
        if (port.IsLeaving && HttpProtocol.IsHttp11(context.Request.Protocol)) context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        return context.Features.Get<GuardedInput>()?.Refused is { } malformed ? port.AnswerMalformed(context, malformed) : port.Handler(context);
    }

    public void DisposeContext(DefaultHttpContext context, Exception? exception)
    {
        context.Features.Get<GuardedInput>()?.EndRequest();
        context.Uninitialize();
    }
}
