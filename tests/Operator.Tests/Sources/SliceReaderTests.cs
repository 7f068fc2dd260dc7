using System.Text.Json;
using k8s;
using k8s.Models;
using Mesh.Operator.Sources;

namespace Mesh.Operator.Tests.Sources;

public class SliceReaderTests
{
    private const string Text = """
        {"metadata":{"name":"db-x7k2p","namespace":"shop","uid":"1","resourceVersion":"9","generation":3,"labels":{"kubernetes.io/service-name":"db"}},
         "addressType":"IPv4","ports":[{"name":"tcp","port":5432,"protocol":"TCP","appProtocol":"kubernetes.io/h2c"}],
         "endpoints":[
           {"addresses":["10.0.0.1"],"conditions":{"ready":true,"serving":true,"terminating":false},"hostname":"db-0","nodeName":"node-1","zone":"a",
            "hints":{"forZones":[{"name":"a"},{"name":"b"}]},"targetRef":{"kind":"Pod","namespace":"shop","name":"db-0"}},
           {"addresses":["10.0.0.2","10.0.0.3"],"conditions":{"ready":null}},
           {"addresses":["10.0.0.4"]}]}
        """;

    [Fact]
    public void Slice_IsReadAsTheClientReadsIt_ButForWhatNobodyAsksFor()
    {
        var expected = KubernetesJson.Deserialize<V1EndpointSlice>(Text);
        expected.Metadata.Generation = null;

        Assert.Equal(KubernetesJson.Serialize(expected), KubernetesJson.Serialize(Read(Text)));
    }

    [Fact]
    public void WithoutEndpointsAndPorts_ThereAreNone()
    {
        var slice = Read("""{"metadata":{"name":"db","namespace":"shop"},"addressType":"IPv4","endpoints":null,"ports":null}""");

        Assert.Empty(slice.Endpoints);
        Assert.Null(slice.Ports);
        Assert.Null(slice.Metadata.Labels);
    }

    private static V1EndpointSlice Read(string text)
    {
        using var document = JsonDocument.Parse(text);
        return SliceReader.Read(document.RootElement);
    }
}
