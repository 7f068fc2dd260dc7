namespace Mesh.Proxy.Sockets;

/// <summary>What a loop tells the events of a descriptor, on the loop's thread.</summary>
internal interface IEventTarget
{
    /// <param name="events">Bits of <see cref="EpollEvents"/>.</param>
    void OnEvents(uint events);
}
