namespace Mesh.Proxy.Channels;

/// <summary>What a frame says.</summary>
internal enum FrameKind : byte
{
    /// <summary>Bytes of a channel follow, as many as the frame's value says. A number that is one above the last opens a channel.</summary>
    Data = 0,

    /// <summary>Its sender sends no more on a channel, and reads no more.</summary>
    Close = 1,

    /// <summary>As many more bytes may be sent on a channel as the frame's value says.</summary>
    Window = 2,

    /// <summary>Of a server: nothing that came on a channel has been looked at, and it is closed. More should not be opened here.</summary>
    Refuse = 3,
}
