using System.Net;

namespace Mesh.Proxy.Routing;

/// <summary>
/// An answer whose header fields are as they came: checked, but neither sorted into those of the message and those of its body nor
/// parsed. <see cref="HttpResponseMessage.Headers"/> has none of them.
/// </summary>
internal sealed class ReceivedAnswer(HttpStatusCode status) : HttpResponseMessage(status)
{
    public FieldList Fields { get; } = new();

    /// <summary>A body follows, be it empty.</summary>
    public bool HasBody { get; set; }

    /// <summary>There are <see cref="HttpResponseMessage.TrailingHeaders"/>. Known once the body has been read.</summary>
    public bool HasTrailers { get; set; }
}
