using Mesh.Proxy.LoadBalancing;
using Microsoft.Net.Http.Headers;

namespace Mesh.Proxy.Routing;

/// <summary>
/// A request without a body, in HTTP/1.1, that goes on as it came: the lean client writes target and fields to the wire as they are.
/// Where another client sends it, it becomes what that takes (<see cref="Settle"/>).
/// </summary>
/// <param name="method">The client's.</param>
/// <param name="uriPrefix">Scheme and authority, for clients that need them.</param>
/// <param name="target">Path and query, byte for byte.</param>
/// <param name="fields">Those that go on.</param>
/// <param name="trace">Where its way is written down.</param>
internal sealed class ReceivedRequest(HttpMethod method, string uriPrefix, string target, FieldList fields, RequestTrace trace)
    : AttemptedRequest(method)
{
    // The path is the application's business: without this Uri would resolve "..", decode "%41" and so on.
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly FieldList _received = fields;
    private bool _isSettled;

    public string Target => target;

    /// <summary>What a request without Host gets.</summary>
    public string Authority => uriPrefix[(uriPrefix.IndexOf("://", StringComparison.Ordinal) + 3)..];

    /// <summary>Null once they are among <see cref="HttpRequestMessage.Headers"/>.</summary>
    public FieldList? Fields => _isSettled ? null : _received;

    public RequestTrace Trace => trace;

    public static Uri UriOf(string prefix, string target) => new(prefix + target, Verbatim);

    /// <summary>The same request, for an attempt beside this one.</summary>
    public ReceivedRequest Copy() => new(Method, uriPrefix, target, _received.Copy(), trace);

    /// <summary>Puts everything where .NET's client looks for it.</summary>
    public void Settle()
    {
        if (_isSettled) return;
        _isSettled = true;
        RequestUri = UriOf(uriPrefix, target);
        foreach (var (name, values) in _received.All)
        {
            if (Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values)) continue;
            // Fields of a body that isn't there: it is empty.
            Content ??= new ByteArrayContent([]);
            if (!name.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase)) Content.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
    }
}
