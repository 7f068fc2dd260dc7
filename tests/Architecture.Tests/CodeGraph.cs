using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Mesh.Architecture.Tests;

/// <summary>Which types of an assembly name which other types, read from its metadata and its instructions.</summary>
internal sealed class CodeGraph : IDisposable
{
    private readonly AssemblyDefinition _assembly;
    private readonly IReadOnlyList<(TypeDefinition Type, IReadOnlySet<string> Uses)> _types;

    private CodeGraph(AssemblyDefinition assembly)
    {
        _assembly = assembly;
        _types = [.. assembly.MainModule.Types.Where(IsOurs).Select(type => (type, (IReadOnlySet<string>)Uses(type)))];
    }

    public static CodeGraph Of(string assemblyName)
    {
        var path = Path.Combine(AppContext.BaseDirectory, assemblyName + ".dll");
        return new(AssemblyDefinition.ReadAssembly(path));
    }

    public IEnumerable<string> References => _assembly.MainModule.AssemblyReferences.Select(reference => reference.Name);

    public IEnumerable<string> Namespaces => _types.Select(entry => entry.Type.Namespace).Distinct();

    /// <summary>The full names of everything that types in a namespace use, the namespace's own types left out.</summary>
    public IEnumerable<(string User, string Used)> UsesFrom(Func<TypeDefinition, bool> selected) =>
        from entry in _types
        where selected(entry.Type)
        from used in entry.Uses
        select (entry.Type.FullName, used);

    /// <summary>
    /// The arrows between the folders of a program, each with one pair of types that draws it. A folder within a folder
    /// (<c>Resources/Yaml</c>) is a part of it.
    /// </summary>
    public IReadOnlyDictionary<(string From, string To), string> Arrows()
    {
        var arrows = new Dictionary<(string, string), string>();
        var folderOf = _types.ToDictionary(entry => entry.Type.FullName, entry => FolderOf(entry.Type.Namespace));
        foreach (var (type, uses) in _types)
        {
            var from = FolderOf(type.Namespace);
            foreach (var used in uses)
            {
                if (folderOf.TryGetValue(used, out var to) && to != from) arrows.TryAdd((from, to), $"{type.FullName} -> {used}");
            }
        }
        return arrows;
    }

    public void Dispose() => _assembly.Dispose();

    // Mesh.Proxy.Routing and what is beneath it is one folder.
    private static string FolderOf(string name) => string.Join('.', name.Split('.').Take(3));

    private static bool IsOurs(TypeDefinition type) =>
        type.Namespace.StartsWith("Mesh.", StringComparison.Ordinal) && !type.Name.StartsWith('<');

    private static HashSet<string> Uses(TypeDefinition type)
    {
        var uses = new HashSet<string>();
        Collect(type, uses);
        uses.Remove(type.FullName);
        return uses;
    }

    private static void Collect(TypeDefinition type, HashSet<string> uses)
    {
        Add(type.BaseType, uses);
        foreach (var implemented in type.Interfaces) Add(implemented.InterfaceType, uses);
        foreach (var attribute in type.CustomAttributes) Add(attribute.AttributeType, uses);
        foreach (var field in type.Fields) Add(field.FieldType, uses);
        foreach (var method in type.Methods) Collect(method, uses);
        foreach (var nested in type.NestedTypes) Collect(nested, uses);
    }

    private static void Collect(MethodDefinition method, HashSet<string> uses)
    {
        Add(method.ReturnType, uses);
        foreach (var parameter in method.Parameters) Add(parameter.ParameterType, uses);
        if (!method.HasBody) return;
        foreach (var variable in method.Body.Variables) Add(variable.VariableType, uses);
        foreach (var instruction in method.Body.Instructions) Collect(instruction, uses);
    }

    private static void Collect(Instruction instruction, HashSet<string> uses)
    {
        switch (instruction.Operand)
        {
            // What the compiler writes into every iterator says nothing about the code.
            case MethodReference { Name: "get_CurrentManagedThreadId" }:
                break;
            case MethodReference method:
                Add(method.DeclaringType, uses);
                if (method is GenericInstanceMethod generic)
                    foreach (var argument in generic.GenericArguments) Add(argument, uses);
                break;
            case FieldReference field:
                Add(field.DeclaringType, uses);
                break;
            case TypeReference type:
                Add(type, uses);
                break;
        }
    }

    // A nested type counts as the type that holds it: what matters is which file, hence which folder, names which.
    private static void Add(TypeReference? reference, HashSet<string> uses)
    {
        switch (reference)
        {
            case null or GenericParameter:
                return;
            case GenericInstanceType generic:
                foreach (var argument in generic.GenericArguments) Add(argument, uses);
                Add(generic.ElementType, uses);
                return;
            case TypeSpecification specification:
                Add(specification.ElementType, uses);
                return;
        }
        while (reference.DeclaringType is not null) reference = reference.DeclaringType;
        uses.Add(reference.FullName);
    }
}
