using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Mesh.Api.Resources.Yaml;

/// <summary>
/// Reads YAML into JSON and keeps the line of each field. What a text can cost is bounded: its size, its depth, and the nodes that it
/// comes to once aliases are written out (a "billion laughs" text of 1 KiB stands for gigabytes).
/// </summary>
internal sealed class YamlReader
{
    // Kubernetes' request limit is 3 MiB, twice etcd's 1.5 MiB: no larger object can exist in a cluster.
    internal const int LargestDocument = 3 * 1024 * 1024;

    // JSON readers stop at 64 by default; the deepest built-in kind, a CustomResourceDefinition, stays well below in practice.
    internal const int Deepest = 64;

    internal const int MostNodes = 200_000;
    internal const int MostAliasedNodes = 10_000;

    private readonly Parser _parser;
    private readonly int _firstLine;
    private readonly Dictionary<AnchorName, Anchored> _anchors = [];
    private readonly HashSet<AnchorName> _open = [];
    private Dictionary<string, int> _lines = [];
    private int _nodes;
    private int _aliasedNodes;

    private YamlReader(string text, int firstLine) => (_parser, _firstLine) = (new Parser(new Scanner(new StringReader(text), skipComments: true)), firstLine);

    /// <summary>Reads the next documents of a chunk, until its end or its first error.</summary>
    /// <param name="text">The chunk.</param>
    /// <param name="firstLine">The line of the file that it begins with, counted from 1.</param>
    /// <exception cref="ManifestYamlException">The text can't be read on.</exception>
    public static IEnumerable<YamlDocument> Read(string text, int firstLine)
    {
        if (text.Length > LargestDocument)
            throw new ManifestYamlException(firstLine, $"found a document of {text.Length} characters, expected at most {LargestDocument}");
        var reader = new YamlReader(text, firstLine);
        reader.Next<StreamStart>();
        while (reader.NextDocument() is { } document) yield return document;
    }

    private YamlDocument? NextDocument()
    {
        if (Peek() is not DocumentStart) return null;
        Next<DocumentStart>();
        (_lines, _nodes, _aliasedNodes) = ([], 0, 0);
        _anchors.Clear();
        var line = LineOf(Peek());
        var root = ReadNode("", 0);
        Next<DocumentEnd>();
        return new(root, line, _lines);
    }

    private JsonNode? ReadNode(string path, int depth)
    {
        var next = Peek();
        if (depth > Deepest) throw Error(next, $"found more than {Deepest} levels, expected fewer");
        if (++_nodes > MostNodes) throw Error(next, $"found more than {MostNodes} values in one document, expected fewer");
        if (next is AnchorAlias alias) return ReadAlias(alias, path, depth);
        var anchor = next is NodeEvent { Anchor.IsEmpty: false } node ? node.Anchor : AnchorName.Empty;
        if (!anchor.IsEmpty) _open.Add(anchor);
        var before = _nodes;
        var value = next switch
        {
            MappingStart => ReadMapping(path, depth),
            SequenceStart => ReadSequence(path, depth),
            _ => ReadScalar(),
        };
        if (!anchor.IsEmpty)
        {
            _open.Remove(anchor);
            _anchors[anchor] = new(value, _nodes - before + 1, DepthOf(value));
        }
        return value;
    }

    private JsonNode? ReadAlias(AnchorAlias alias, string path, int depth)
    {
        Next<AnchorAlias>();
        if (_open.Contains(alias.Value)) throw Error(alias, $"found alias *{alias.Value} inside what it stands for, expected no cycle");
        if (!_anchors.TryGetValue(alias.Value, out var anchored)) throw Error(alias, $"found alias *{alias.Value}, expected an anchor &{alias.Value} before it");
        // Counted before anything is copied.
        _aliasedNodes += anchored.Nodes;
        _nodes += anchored.Nodes;
        if (_aliasedNodes > MostAliasedNodes)
            throw Error(alias, $"found aliases that stand for more than {MostAliasedNodes} values, expected fewer");
        if (depth + anchored.Depth > Deepest) throw Error(alias, $"found more than {Deepest} levels, expected fewer");
        return anchored.Value?.DeepClone();
    }

    private JsonObject ReadMapping(string path, int depth)
    {
        var start = Next<MappingStart>();
        CheckTag(start, start.Tag, "tag:yaml.org,2002:map");
        var fields = new JsonObject();
        var merges = new List<JsonObject>();
        while (Peek() is not MappingEnd)
        {
            if (Peek() is not Scalar key) throw Error(Peek(), "found a key that is no text, expected text");
            Next<Scalar>();
            if (key is { Value: "<<", Style: ScalarStyle.Plain })
            {
                ReadMerge(key, path, depth, merges);
                continue;
            }
            var fieldPath = FieldPath.Append(path, key.Value);
            if (!_lines.TryAdd(fieldPath, LineOf(key)) || fields.ContainsKey(key.Value))
                throw Error(key, $"{fieldPath}: found a second time (first in line {_lines[fieldPath]}), expected each key once");
            fields[key.Value] = ReadNode(fieldPath, depth + 1);
        }
        Next<MappingEnd>();
        Merge(fields, merges);
        return fields;
    }

    // Merge keys (https://yaml.org/type/merge.html) are no part of YAML 1.2, but kubectl reads them.
    private void ReadMerge(Scalar key, string path, int depth, List<JsonObject> merges)
    {
        var value = ReadNode(FieldPath.Append(path, "<<"), depth + 1);
        var sources = value is JsonArray list ? list.ToArray() : [value];
        foreach (var source in sources)
        {
            if (source is not JsonObject fields) throw Error(key, "found a merge key << with something else than objects, expected an object or a list of objects");
            merges.Add(fields);
        }
    }

    private static void Merge(JsonObject fields, List<JsonObject> merges)
    {
        foreach (var source in merges)
        {
            foreach (var (name, value) in source)
            {
                if (!fields.ContainsKey(name)) fields[name] = value?.DeepClone();
            }
        }
    }

    private JsonArray ReadSequence(string path, int depth)
    {
        var start = Next<SequenceStart>();
        CheckTag(start, start.Tag, "tag:yaml.org,2002:seq");
        var items = new JsonArray();
        while (Peek() is not SequenceEnd)
        {
            var itemPath = FieldPath.Append(path, items.Count);
            _lines.TryAdd(itemPath, LineOf(Peek()));
            items.Add(ReadNode(itemPath, depth + 1));
        }
        Next<SequenceEnd>();
        return items;
    }

    private JsonNode? ReadScalar()
    {
        var scalar = Next<Scalar>();
        CheckTag(scalar, scalar.Tag, "tag:yaml.org,2002:str");
        if (scalar.Style is not ScalarStyle.Plain || !scalar.Tag.IsEmpty) return JsonValue.Create(scalar.Value);
        if (YamlScalar.IsOutsideJson(scalar.Value)) throw Error(scalar, $"found {scalar.Value}, expected a value that JSON has");
        return YamlScalar.Resolve(scalar.Value);
    }

    // "!" asks for text; any other tag but the kind's own asks for a meaning that JSON doesn't have.
    private void CheckTag(ParsingEvent at, TagName tag, string own)
    {
        if (!tag.IsEmpty && tag.Value != own && tag.Value != "!") throw Error(at, $"found the tag {tag.Value}, expected none");
    }

    private ParsingEvent Peek()
    {
        if (_parser.Current is null) Advance();
        return _parser.Current!;
    }

    private T Next<T>() where T : ParsingEvent
    {
        var current = Peek();
        if (current is not T expected) throw Error(current, $"found {current.GetType().Name}, expected {typeof(T).Name}");
        if (current is not StreamEnd) Advance();
        return expected;
    }

    private void Advance()
    {
        try
        {
            _parser.MoveNext();
        }
        catch (YamlException e)
        {
            throw new ManifestYamlException(_firstLine + Math.Max((int)e.Start.Line, 1) - 1, $"no YAML: {e.Message}");
        }
        // YamlDotNet 18 answers some broken flow scalars and escapes with exceptions of its own insides.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new ManifestYamlException(_parser.Current is { } last ? LineOf(last) : _firstLine, "no YAML: the text can't be told apart from here on");
        }
    }

    private int LineOf(ParsingEvent at) => _firstLine + (int)at.Start.Line - 1;

    private ManifestYamlException Error(ParsingEvent at, string message) => new(LineOf(at), message);

    private static int DepthOf(JsonNode? value) => value switch
    {
        JsonObject { Count: > 0 } fields => 1 + fields.Max(f => DepthOf(f.Value)),
        JsonArray { Count: > 0 } items => 1 + items.Max(DepthOf),
        _ => 0,
    };

    private readonly record struct Anchored(JsonNode? Value, int Nodes, int Depth);
}
