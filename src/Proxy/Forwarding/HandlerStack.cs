namespace Mesh.Proxy.Forwarding;

/// <summary>Puts handlers on top of each other.</summary>
internal static class HandlerStack
{
    /// <param name="layers">Outermost first; null is left out. The last is what sends.</param>
    public static HttpMessageHandler Compose(ReadOnlySpan<HttpMessageHandler?> layers)
    {
        var stack = layers[^1]!;
        for (var i = layers.Length - 2; i >= 0; i--)
        {
            if (layers[i] is not DelegatingHandler layer) continue;
            layer.InnerHandler = stack;
            stack = layer;
        }
        return stack;
    }
}
