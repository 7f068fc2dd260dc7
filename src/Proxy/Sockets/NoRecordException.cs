namespace Mesh.Proxy.Sockets;

/// <summary>All records that had come whole are read, and what they hold is no data.</summary>
internal sealed class NoRecordException() : IOException("no whole record has come yet");
