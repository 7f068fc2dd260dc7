using System.Text.Json;
using Mesh.Operator.Sources;

namespace Mesh.Operator.Tests.Sources;

public class SharedPartsTests
{
    [Theory]
    [InlineData("service-1")]
    [InlineData("")]
    [InlineData("grüße")]
    [InlineData("a \"quoted\" \\ text")]
    public void Text_IsReadAsItIs(string text) => Assert.Equal(text, Texts.Of(JsonSerializer.SerializeToElement(text)));

    [Fact]
    public void SameText_IsOneString() => Assert.Same(Texts.Of(JsonSerializer.SerializeToElement("node-17")), Texts.Of(JsonSerializer.SerializeToElement("node-17")));

    [Fact]
    public void Text_ThatIsNone_IsAnError() => Assert.Throws<InvalidOperationException>(() => Texts.Of(JsonSerializer.SerializeToElement(1)));

    [Fact]
    public void PodsOfAWorkload_ShareTheirSpecAndLabels()
    {
        var (one, two) = (Pod("one", "volume-1", "10.0.0.1"), Pod("two", "volume-2", "10.0.0.2"));

        Assert.Same(one.Spec, two.Spec);
        Assert.Same(one.Metadata.Labels, two.Metadata.Labels);
        Assert.Same(one.Metadata.Annotations, two.Metadata.Annotations);
        Assert.Equal(("one", "two"), (one.Metadata.Name, two.Metadata.Name));
        Assert.Equal("8080=15006", one.Metadata.Annotations["mesh.io/inbound-ports"]);
        Assert.Equal((8080, "http"), (one.Spec.Containers[0].Ports[0].ContainerPort, one.Spec.Containers[0].Ports[0].Name));
    }

    [Theory]
    [InlineData("\"http\"", "\"web\"")]
    [InlineData("mesh-proxy", "proxy")]
    [InlineData("8080=15006", "8080=15007")]
    [InlineData("\"account\"", "\"other\"")]
    [InlineData("\"catalog\"", "\"payments\"")]
    public void PodsThatDiffer_DoNot(string text, string other)
    {
        var (one, two) = (Pod("one", "volume", "10.0.0.1"), Pod("one", "volume", "10.0.0.1", written => written.Replace(text, other, StringComparison.Ordinal)));

        Assert.NotEqual(JsonSerializer.Serialize(one), JsonSerializer.Serialize(two));
    }

    private static k8s.Models.V1Pod Pod(string name, string volume, string address, Func<string, string>? edit = null)
    {
        var text = $$$"""
            {"metadata":{"name":"{{{name}}}","namespace":"shop","uid":"{{{name}}}","labels":{"app":"catalog"},"annotations":{"cni/ip":"{{{address}}}","mesh.io/inbound-ports":"8080=15006"}},
             "spec":{"serviceAccountName":"account","nodeName":"{{{name}}}","volumes":[{"name":"{{{volume}}}"}],
                     "initContainers":[{"name":"mesh-proxy","restartPolicy":"Always"}],
                     "containers":[{"name":"app","ports":[{"name":"http","containerPort":8080}],"volumeMounts":[{"name":"{{{volume}}}"}]}]},
             "status":{"phase":"Running","podIP":"{{{address}}}"}}
            """;
        using var document = JsonDocument.Parse(edit is null ? text : edit(text));
        return PodReader.Read(document.RootElement);
    }
}
