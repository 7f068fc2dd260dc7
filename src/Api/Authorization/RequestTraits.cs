namespace Mesh.Api.Authorization;

/// <summary>What only a request has. Whoever serves many at once derives its own from it and is asked nothing that no rule names.</summary>
public abstract class RequestTraits
{
    /// <summary>As it came: methods have a case.</summary>
    public abstract string Method { get; }

    /// <summary>As <see cref="Paths.RequestPath"/> reads it.</summary>
    public abstract string Path { get; }

    /// <summary>The name that it is for, with or without a port, in any case.</summary>
    public abstract string Host { get; }

    /// <summary>Whether a header is there, with one of these values.</summary>
    public abstract bool HasHeader(string name, ValuePatterns values);

    /// <summary>Whether a verified token has a claim, with one of these values.</summary>
    public abstract bool HasClaim(ClaimName name, ValuePatterns values);
}
