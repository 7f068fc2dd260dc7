using System.IO.MemoryMappedFiles;

namespace Mesh.ChaosService;

/// <summary>
/// How many requests have reached a service, in a file of eight bytes that is mapped into memory: a process that is killed loses
/// none, its successor counts on, and whoever watches reads it without asking the process.
/// </summary>
internal sealed unsafe class Arrivals : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long* _count;

    public Arrivals(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite),
            mapName: null, sizeof(long), MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor();
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _count = (long*)start;
    }

    public long Count => Volatile.Read(ref *_count);

    public void Add() => Interlocked.Increment(ref *_count);

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
