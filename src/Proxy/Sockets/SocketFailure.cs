namespace Mesh.Proxy.Sockets;

/// <summary>What whoever reads or writes is told of a connection that is no more.</summary>
internal static class SocketFailure
{
    public static IOException Closed() => new("the connection was closed here");

    /// <param name="result">A negative <see cref="Errno"/>.</param>
    public static IOException Broken(int result)
    {
        var error = Errno.NewException(-result);
        return new(error.Message, error);
    }
}
