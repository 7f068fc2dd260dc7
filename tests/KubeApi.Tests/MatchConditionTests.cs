using System.Text.Json.Nodes;
using Mesh.KubeApi.Cel;

namespace Mesh.KubeApi.Tests;

public sealed class MatchConditionTests
{
    [Theory]
    [InlineData("has(object.metadata.annotations)", true)]
    [InlineData("has(object.metadata.labels)", false)]
    [InlineData("'mesh.io/inject' in object.metadata.annotations", true)]
    [InlineData("object.metadata.annotations['mesh.io/inject'] == \"true\"", true)]
    [InlineData("object.metadata.annotations['mesh.io/inject'] != 'true'", false)]
    [InlineData("!has(object.metadata.labels) || 'a' in object.metadata.labels", true)]
    [InlineData("'a' in object.metadata.labels || true", true)]
    [InlineData("'a' in object.metadata.labels && false", false)]
    [InlineData("object.spec.containers.exists(c, c.name == 'app')", true)]
    [InlineData("object.spec.containers.all(c, c.name == 'app')", false)]
    [InlineData("object.spec.containers.exists(c, has(c.user) && c.user == 2102)", true)]
    [InlineData("(has(object.metadata.labels) ? object.metadata.labels['a'] : '') != 'x'", true)]
    [InlineData("request.operation in ['CREATE', 'UPDATE']", true)]
    public void Expression_IsEvaluated(string expression, bool expected) => Assert.Equal(expected, CelExpression.Parse(expression).IsMet(Variables()));

    [Theory]
    [InlineData("'a' in object.metadata.labels")]
    [InlineData("object.metadata.labels['a'] == 'b'")]
    [InlineData("nobody.metadata == 'b'")]
    [InlineData("object.metadata")]
    public void ExpressionThatFails_SaysSo(string expression) => Assert.Throws<CelException>(() => CelExpression.Parse(expression).IsMet(Variables()));

    [Theory]
    [InlineData("has(object.metadata")]
    [InlineData("object.metadata.name.startsWith('a')")]
    [InlineData("a b")]
    [InlineData("#")]
    public void ExpressionThatCannotBeRead_IsRefused(string expression) => Assert.Throws<CelException>(() => CelExpression.Parse(expression));

    private static Dictionary<string, JsonNode?> Variables() => new()
    {
        ["object"] = JsonNode.Parse("""{"metadata": {"annotations": {"mesh.io/inject": "true"}}, "spec": {"containers": [{"name": "app", "user": 2102}, {"name": "log"}]}}"""),
        ["request"] = JsonNode.Parse("""{"operation": "CREATE"}"""),
    };
}
