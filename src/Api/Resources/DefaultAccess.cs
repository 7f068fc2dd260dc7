using System.Text.Json.Serialization;

namespace Mesh.Api.Resources;

/// <summary>Who is let in where no Allow policy applies.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DefaultAccess>))]
public enum DefaultAccess
{
    /// <summary>Everyone.</summary>
    All,

    /// <summary>Whoever proves an identity of the trust domain.</summary>
    Mesh,

    /// <summary>Of those, the pod's own namespace.</summary>
    Namespace,

    /// <summary>Nobody.</summary>
    None,
}
