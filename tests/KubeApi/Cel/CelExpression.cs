using System.Globalization;
using System.Text.Json.Nodes;

namespace Mesh.KubeApi.Cel;

/// <summary>What an expression is evaluated with.</summary>
internal delegate JsonNode? CelNode(IReadOnlyDictionary<string, JsonNode?> variables);

/// <summary>
/// The part of the Common Expression Language (github.com/google/cel-spec) that matchConditions and policies are written in: members, indexes,
/// <c>has</c>, <c>exists</c>, <c>all</c>, <c>in</c>, comparisons, <c>! &amp;&amp; || ?:</c>, strings, numbers, lists and the empty map. Anything else is an error.
/// </summary>
internal sealed class CelExpression
{
    private readonly CelTokens _tokens;
    private readonly CelNode _root;

    private CelExpression(string text)
    {
        _tokens = new(text);
        _root = Ternary();
        if (_tokens.Peek is { } rest) throw new CelException($"found '{rest}', expected the end");
    }

    /// <exception cref="CelException">It can't be read.</exception>
    public static CelExpression Parse(string text) => new(text);

    /// <returns>Why it can't be read; null where it can.</returns>
    public static string? Problem(string text)
    {
        try
        {
            Parse(text);
            return null;
        }
        catch (CelException failure)
        {
            return failure.Message;
        }
    }

    /// <exception cref="CelException">It fails on these values.</exception>
    public JsonNode? Evaluate(IReadOnlyDictionary<string, JsonNode?> variables) => _root(variables);

    /// <exception cref="CelException">It fails on these values, or is no condition.</exception>
    public bool IsMet(IReadOnlyDictionary<string, JsonNode?> variables) => Bool(_root, variables);

    private CelNode Ternary()
    {
        var condition = Or();
        if (!_tokens.TryTake("?")) return condition;
        var then = Ternary();
        _tokens.Expect(":");
        var otherwise = Ternary();
        return v => Bool(condition, v) ? then(v) : otherwise(v);
    }

    private CelNode Or()
    {
        var left = And();
        while (_tokens.TryTake("||"))
        {
            var (first, second) = (left, And());
            left = v => Either(first, second, v, decides: true);
        }
        return left;
    }

    private CelNode And()
    {
        var left = Relation();
        while (_tokens.TryTake("&&"))
        {
            var (first, second) = (left, Relation());
            left = v => Either(first, second, v, decides: false);
        }
        return left;
    }

    private CelNode Relation()
    {
        var left = Unary();
        if (_tokens.TryTake("in"))
        {
            var container = Unary();
            return v => Contains(container(v), left(v));
        }
        if (_tokens.TryTake("=="))
        {
            var right = Unary();
            return v => JsonNode.DeepEquals(left(v), right(v));
        }
        if (!_tokens.TryTake("!=")) return left;
        var other = Unary();
        return v => !JsonNode.DeepEquals(left(v), other(v));
    }

    private CelNode Unary()
    {
        if (!_tokens.TryTake("!")) return Member();
        var operand = Unary();
        return v => !Bool(operand, v);
    }

    private CelNode Member()
    {
        var node = Primary();
        while (true)
        {
            if (_tokens.TryTake("."))
            {
                var name = _tokens.Take();
                node = _tokens.TryTake("(") ? Macro(node, name) : Select(node, name);
            }
            else if (_tokens.TryTake("["))
            {
                var (container, index) = (node, Ternary());
                _tokens.Expect("]");
                node = v => Field(container(v), (string?)index(v) ?? "");
            }
            else
            {
                return node;
            }
        }
    }

    private CelNode Primary()
    {
        var token = _tokens.Take();
        if (token is "(") return Closed(Ternary(), ")");
        if (token is "[") return List();
        if (token is "{") return Closed(_ => new JsonObject(), "}");
        if (token is "has") return Has();
        if (token is "true" or "false") return _ => token is "true";
        if (token is "null") return _ => null;
        if (token[0] is '\'' or '"') return _ => token[1..^1];
        if (char.IsAsciiDigit(token[0])) return _ => long.Parse(token, CultureInfo.InvariantCulture);
        return v => v.TryGetValue(token, out var value) ? value : throw new CelException($"undeclared reference to '{token}'");
    }

    private CelNode Closed(CelNode node, string end)
    {
        _tokens.Expect(end);
        return node;
    }

    private CelNode List()
    {
        var items = new List<CelNode>();
        while (!_tokens.TryTake("]"))
        {
            items.Add(Ternary());
            if (_tokens.Peek is not "]") _tokens.Expect(",");
        }
        return v => new JsonArray([.. items.Select(item => item(v)?.DeepClone())]);
    }

    // has(a.b.c): a.b must be there; whether c is, is the question.
    private CelNode Has()
    {
        _tokens.Expect("(");
        var container = Primary();
        _tokens.Expect(".");
        var name = _tokens.Take();
        while (_tokens.TryTake("."))
        {
            container = Select(container, name);
            name = _tokens.Take();
        }
        return Closed(v => container(v) is JsonObject found ? found[name] is not null : throw new CelException($"no such field before '{name}'"), ")");
    }

    private CelNode Macro(CelNode list, string name)
    {
        if (name is not ("exists" or "all")) throw new CelException($"unknown function '{name}'");
        var variable = _tokens.Take();
        _tokens.Expect(",");
        var predicate = Closed(Ternary(), ")");
        return v =>
        {
            var items = Items(list(v)) ?? throw new CelException($"{name} needs a list or a map");
            bool Test(JsonNode? item) => Bool(predicate, new Dictionary<string, JsonNode?>(v) { [variable] = item });
            return name is "exists" ? items.Any(Test) : items.All(Test);
        };
    }

    // Of a map, its keys.
    private static IEnumerable<JsonNode?>? Items(JsonNode? container) =>
        container is JsonObject map ? map.Select(member => (JsonNode?)JsonValue.Create(member.Key)) : container as JsonArray;

    private static CelNode Select(CelNode container, string name) => v => Field(container(v), name);

    private static JsonNode Field(JsonNode? container, string name) =>
        container is JsonObject found && found[name] is { } value ? value : throw new CelException($"no such key: {name}");

    private static bool Contains(JsonNode? container, JsonNode? item) => container switch
    {
        JsonObject map => map.ContainsKey((string?)item ?? ""),
        JsonArray list => list.Any(element => JsonNode.DeepEquals(element, item)),
        _ => throw new CelException("in needs a list or a map"),
    };

    // One side that decides is enough, whatever becomes of the other.
    private static JsonNode Either(CelNode left, CelNode right, IReadOnlyDictionary<string, JsonNode?> variables, bool decides)
    {
        try
        {
            if (Bool(left, variables) == decides) return decides;
        }
        catch (CelException) when (Decides(right, variables, decides))
        {
            return decides;
        }
        return Bool(right, variables);
    }

    private static bool Decides(CelNode node, IReadOnlyDictionary<string, JsonNode?> variables, bool decides)
    {
        try
        {
            return Bool(node, variables) == decides;
        }
        catch (CelException)
        {
            return false;
        }
    }

    private static bool Bool(CelNode node, IReadOnlyDictionary<string, JsonNode?> variables) =>
        node(variables) is JsonValue value && value.TryGetValue(out bool result) ? result : throw new CelException("found no bool where one is needed");
}
