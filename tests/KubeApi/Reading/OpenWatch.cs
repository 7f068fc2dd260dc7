namespace Mesh.KubeApi.Reading;

/// <summary>A watch that a client holds open.</summary>
internal sealed class OpenWatch(HttpContext http)
{
    private volatile bool _isSilent;

    /// <summary>Stays open and says nothing any more, as behind a connection whose other end has vanished.</summary>
    public bool IsSilent => _isSilent;

    public void Silence() => _isSilent = true;

    public void Cut() => http.Abort();
}
