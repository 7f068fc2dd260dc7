namespace Mesh.Rig.Processes;

/// <summary>A program to start, and the name that it goes by in logs.</summary>
internal sealed record Command(string Name, string File, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    public Command(string name, string file, params string[] arguments)
        : this(name, file, arguments, new Dictionary<string, string>())
    {
    }
}
