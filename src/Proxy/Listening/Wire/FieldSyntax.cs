using System.Buffers;

namespace Mesh.Proxy.Listening.Wire;

/// <summary>What the names and values of fields are made of, of requests, answers and trailers alike.</summary>
internal static class FieldSyntax
{
    /// <summary>A name's bytes: RFC 9110 section 5.6.2.</summary>
    public static readonly SearchValues<byte> Token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>What no value holds: that is visible characters, spaces, tabs and bytes beyond ASCII (RFC 9110 section 5.5).</summary>
    public static readonly SearchValues<byte> Controls = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Where(code => code is not '\t').Select(code => (byte)code), 0x7f]);
}
