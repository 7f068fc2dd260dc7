namespace Mesh.Proxy.Tests.Conformance;

/// <summary>What the corpus says of a message's fields: <c>has X: 1</c>, <c>lacks X</c>.</summary>
internal static class FieldLine
{
    public static void Check(string line, StrictMessage message)
    {
        if (line.StartsWith("lacks ", StringComparison.Ordinal))
        {
            Assert.Null(message[line["lacks ".Length..]]);
            return;
        }
        var (name, value) = line["has ".Length..].Split(": ", 2) is [var before, var after] ? (before, after) : throw new FormatException(line);
        Assert.Equal(value, message[name]);
    }
}
