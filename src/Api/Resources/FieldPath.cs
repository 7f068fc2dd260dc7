using System.Globalization;

namespace Mesh.Api.Resources;

/// <summary>Writes field paths as Kubernetes does: <c>spec.ports[0].name</c>, <c>metadata.annotations[mesh.io/inject]</c>.</summary>
internal static class FieldPath
{
    public static string Append(string path, string key)
    {
        if (!IsIdentifier(key)) return $"{path}[{key}]";
        return path.Length == 0 ? key : $"{path}.{key}";
    }

    public static string Append(string path, int index) => string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");

    private static bool IsIdentifier(string key) => key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '$');
}
