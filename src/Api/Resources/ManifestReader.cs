using System.Diagnostics.CodeAnalysis;
using Mesh.Api.Resources.Schema;

namespace Mesh.Api.Resources;

/// <summary>
/// Reads manifests: YAML or JSON, several documents and v1 Lists, of Service, EndpointSlice, Pod, Namespace and the mesh's own kinds.
/// Objects of other kinds are passed over. An error costs the object it stands in, and a text that is no YAML the rest of its document.
/// </summary>
[RequiresUnreferencedCode(ModelSchema.Reason)]
public static class ManifestReader
{
    /// <summary>Reads one file.</summary>
    /// <param name="fileName">What errors name it.</param>
    /// <param name="text">What stands in it.</param>
    public static ManifestFile Read(string fileName, string text)
    {
        var reading = new ManifestFileReading(fileName);
        reading.ReadAll(text);
        return reading.Result();
    }
}
