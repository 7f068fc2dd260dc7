namespace Mesh.Proxy.Http1;

/// <summary>What a field of an answer's says of the connection that it comes over.</summary>
[Flags]
internal enum FieldMeaning
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>It closes with the answer.</summary>
    Closes = 1,

    /// <summary>It stays, which HTTP/1.0 has to say.</summary>
    Stays = 2,

    /// <summary>Nothing beyond that, to anyone.</summary>
    EndsHere = 4,

    /// <summary>How long the body is.</summary>
    Length = 8,

    /// <summary>How the body is coded.</summary>
    Coding = 16,
}
