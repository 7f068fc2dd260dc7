using Grpc.Core;
using Mesh.Api.Discovery;
using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Tests.LoadBalancing;

public sealed class FailureClassifierTests
{
    [Theory]
    [InlineData(200, false)]
    [InlineData(404, false)]
    [InlineData(429, false)]
    [InlineData(499, false)]
    [InlineData(500, true)]
    [InlineData(599, true)]
    [InlineData(999, false)]
    public void UnsetPolicy_CountsServerErrors(int status, bool expected) => Assert.Equal(expected, new FailureClassifier(null).IsFailure(status));

    [Theory]
    [InlineData(StatusCode.OK, false)]
    [InlineData(StatusCode.Cancelled, false)]
    [InlineData(StatusCode.NotFound, false)]
    [InlineData(StatusCode.PermissionDenied, false)]
    [InlineData(StatusCode.ResourceExhausted, false)]
    [InlineData(StatusCode.Unavailable, true)]
    [InlineData(StatusCode.DeadlineExceeded, true)]
    [InlineData(StatusCode.Internal, true)]
    [InlineData((StatusCode)77, false)]
    public void UnsetPolicy_CountsGrpcCodesOfAServerInTrouble(StatusCode code, bool expected) => Assert.Equal(expected, new FailureClassifier(null).IsFailure(code));

    [Fact]
    public void Policy_CountsWhatItListsAndNothingElse()
    {
        var failures = new FailureClassifier(new()
        {
            FailureStatuses = { new StatusRange { From = 429, To = 429 }, new StatusRange { From = 502, To = 504 } },
            FailureGrpcCodes = { (uint)StatusCode.ResourceExhausted },
        });
        Assert.Equal([429, 502, 503, 504], Enumerable.Range(100, 500).Where(failures.IsFailure));
        Assert.Equal([StatusCode.ResourceExhausted], Enum.GetValues<StatusCode>().Where(failures.IsFailure));
    }
}
