using System.Net;
using Mesh.Api.Identity;

namespace Mesh.Api.Authorization;

/// <summary>What is decided on: a request, or a connection whose content nobody looks into.</summary>
public readonly record struct AccessRequest
{
    /// <summary>Who proved to be at the other end; null where nobody did.</summary>
    public SpiffeId? Caller { get; init; }

    /// <summary>Where the connection comes from, IPv4 as IPv4; null where that is not known.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>The application's port.</summary>
    public required int Port { get; init; }

    /// <summary>What the request asks for; null for a connection.</summary>
    public RequestTraits? Request { get; init; }
}
