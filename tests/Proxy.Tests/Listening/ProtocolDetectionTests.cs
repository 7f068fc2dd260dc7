using System.Text;
using Mesh.Proxy.Listening;

namespace Mesh.Proxy.Tests.Listening;

public class ProtocolDetectionTests
{
    private const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    [Theory]
    [InlineData("", nameof(DetectedProtocol.Undecided))]
    [InlineData("G", nameof(DetectedProtocol.Undecided))]
    [InlineData("GET", nameof(DetectedProtocol.Undecided))]
    [InlineData("GET ", nameof(DetectedProtocol.Http1))]
    [InlineData("GET / HTTP/1.1\r\n", nameof(DetectedProtocol.Http1))]
    [InlineData("P", nameof(DetectedProtocol.Undecided))]
    [InlineData("PR", nameof(DetectedProtocol.Undecided))]
    [InlineData("PROPFIND / HTTP/", nameof(DetectedProtocol.Http1))]
    [InlineData("POST /", nameof(DetectedProtocol.Http1))]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r", nameof(DetectedProtocol.Undecided))]
    [InlineData(Preface, nameof(DetectedProtocol.Http2))]
    [InlineData(Preface + "\0\0\0", nameof(DetectedProtocol.Http2))]
    [InlineData("PRI * HTTP/3", nameof(DetectedProtocol.Http1))]
    [InlineData("\u0016", nameof(DetectedProtocol.Undecided))]
    [InlineData("\u0016\u0003\u0001", nameof(DetectedProtocol.Tls))]
    [InlineData("\u0016\u0004", nameof(DetectedProtocol.Unknown))]
    [InlineData(" GET", nameof(DetectedProtocol.Undecided))]
    [InlineData("\0\0\0\u0004", nameof(DetectedProtocol.Unknown))]
    [InlineData("\r\nGET / HTTP/1.1", nameof(DetectedProtocol.Http1))]
    [InlineData("CONNECT db:5432 HTTP/1.1\r\n", nameof(DetectedProtocol.Http1))]
    [InlineData("CONNECT {\"verbose\":false}\r\n", nameof(DetectedProtocol.Unknown))]
    [InlineData("PURGE /a", nameof(DetectedProtocol.Undecided))]
    [InlineData("PURGE /a HTTP/1.0\n", nameof(DetectedProtocol.Http1))]
    [InlineData("set key 0 0 1\r\n", nameof(DetectedProtocol.Unknown))]
    [InlineData("EHLO there\r\n", nameof(DetectedProtocol.Unknown))]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", nameof(DetectedProtocol.Unknown))]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZ", nameof(DetectedProtocol.Undecided))]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZ / HTTP/1.1\r\n", nameof(DetectedProtocol.Http1))]
    [InlineData("\r\n", nameof(DetectedProtocol.Undecided))]
    [InlineData("\r\n\nGET / HTTP/1.1\r\n", nameof(DetectedProtocol.Http1))]
    [InlineData("GET\t/ HTTP/1.1\r\n", nameof(DetectedProtocol.Http1))]
    [InlineData(" GET / HTTP/1.1\r\n", nameof(DetectedProtocol.Http1))]
    [InlineData("\0GET / HTTP/1.0\r\n", nameof(DetectedProtocol.Http1))]
    [InlineData("PING\r\n", nameof(DetectedProtocol.Unknown))]
    [InlineData("PING\r\nGET / HTTP/1.1\r\n", nameof(DetectedProtocol.Unknown))]
    public void FirstBytes_TellTheProtocol(string bytes, string protocol)
    {
        Assert.Equal(protocol, ProtocolDetection.Detect(Encoding.Latin1.GetBytes(bytes)).ToString());
    }

    [Theory]
    [InlineData("", nameof(DetectedProtocol.Unknown))]
    [InlineData("PR", nameof(DetectedProtocol.Unknown))]
    [InlineData("PRI ", nameof(DetectedProtocol.Http2))]
    [InlineData("GET", nameof(DetectedProtocol.Http1))]
    [InlineData("\r\nPO", nameof(DetectedProtocol.Http1))]
    [InlineData("PINGS", nameof(DetectedProtocol.Unknown))]
    [InlineData("GET /", nameof(DetectedProtocol.Http1))]
    public void FirstBytes_TellTheProtocolAtLast(string bytes, string protocol)
    {
        Assert.Equal(protocol, ProtocolDetection.DetectAtLast(Encoding.Latin1.GetBytes(bytes)).ToString());
    }
}
