using System.Net;

namespace Mesh.Bench.Peers;

/// <summary>Two hops with mutual TLS between them, for HTTP at one address and for TCP at another.</summary>
internal interface IPair : IPeer
{
    /// <summary>Where TCP is sent to; each connection is one of its own between the two.</summary>
    IPEndPoint Tcp { get; }
}
