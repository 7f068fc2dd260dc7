using System.Net.Sockets;
using Mesh.Api.Discovery;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Identity;
using Mesh.Proxy.LoadBalancing;
using Mesh.Proxy.Routing;
using Mesh.Proxy.Sockets;
using Breaker = Mesh.Proxy.CircuitBreaking.Breaker;

namespace Mesh.Proxy.Resilience;

/// <summary>
/// Connects to a destination's endpoints, balanced connection by connection as the policy says: the default weighs the time to
/// connect by the connections that an endpoint has. One that can't be connected to is left for another, as the policy's retries
/// say: nothing has been sent yet.
/// </summary>
internal sealed class EndpointDialer(DestinationState state, Policy policy) : ITcpDialer
{
    private readonly StickyKey? _sticky = StickyKey.Of(policy.LoadBalancer, state.Proxy.Name);
    private readonly TimeSpan _connectTimeout = policy.Timeouts.Connect.ToTimeSpan();
    private readonly FailureClassifier _failures = new(policy.CircuitBreaker);
    private readonly uint _retries = policy.Retries is { } retries && retries.On.Contains(RetryCondition.ConnectFailure) ? retries.Attempts : 0;

    public ValueTask<TcpLeg> ConnectAsync(TcpSocket client) => state.Breaker is { } breaker ? ConnectAsync(client, breaker) : ConnectToOneAsync(client);

    // Whether a connection comes about is all that is known of it here.
    private async ValueTask<TcpLeg> ConnectAsync(TcpSocket client, Breaker breaker)
    {
        if (!breaker.TryEnter(out var ticket)) throw DestinationBreakerHandler.Open(state.Name, breaker, state.Time);
        var call = new DestinationCall(breaker, ticket, _failures);
        var start = state.Time.GetTimestamp();
        try
        {
            var leg = await ConnectToOneAsync(client);
            call.Report(new(AttemptEnd.Answered, Status: 0, GrpcStatus: null, state.Time.GetElapsedTime(start)));
            return leg;
        }
        catch (MeshException failure)
        {
            // That there is no endpoint says nothing of how those do that come.
            call.Report(new(failure.Code is MeshErrorCode.ConnectFailed ? AttemptEnd.ConnectFailed : AttemptEnd.Cancelled, Status: 0, GrpcStatus: null, state.Time.GetElapsedTime(start)));
            throw;
        }
    }

    private async ValueTask<TcpLeg> ConnectToOneAsync(TcpSocket client)
    {
        state.Budget.CountRequest();
        var failed = new List<Attempt>();
        while (true)
        {
            var lease = state.Endpoints.Lease(failed, _sticky?.Of(Caller.Of(identity: "", client.RemoteEndPoint.Address)))
                ?? throw new MeshException(MeshErrorCode.NoEndpoints, $"{state.Name} has no endpoint that serves");
            try
            {
                var leg = await ConnectAsync(client.Loop, lease.Endpoint);
                lease.Endpoint.SetAside.Answered();
                // What becomes of the connection is between client and application; that it was accepted is known now.
                lease.Report(new(AttemptEnd.Answered, Status: 0, GrpcStatus: null, state.Time.GetElapsedTime(lease.At)));
                return leg;
            }
            catch (Exception refused) when (refused is SocketException or MeshException)
            {
                var attempt = new Attempt(lease);
                attempt.Failed(AttemptOutcome.NameOf(refused, RetryCondition.ConnectFailure), AttemptEnd.ConnectFailed, state.Time.GetElapsedTime(lease.At));
                failed.Add(attempt);
                if (!MayRetry(failed.Count)) throw NewFailure(lease.Endpoint, failed.Count, refused);
            }
        }
    }

    private async ValueTask<TcpLeg> ConnectAsync(EventLoop loop, LiveEndpoint endpoint)
    {
        var credentials = endpoint.Identity is null ? null : SecuredDial.CredentialsOf(state.Proxy.Credentials, endpoint.Address);
        var socket = await TcpConnect.ConnectAsync(loop, endpoint.Address, _connectTimeout, state.Time);
        if (endpoint.Identity is not { } identity) return new(socket, endpoint);
        using var timer = new CancellationTokenSource(_connectTimeout, state.Time);
        return new(socket, endpoint, await SecuredDial.SecureAsync(credentials!, socket, endpoint.Address, identity, MeshAlpn.OfTcp, timer.Token));
    }

    private bool MayRetry(int attempts) =>
        attempts <= _retries && state.Budget.TryWithdraw(policy.Retries.Budget?.Percent ?? 0, policy.Retries.Budget?.MinPerSecond ?? 0);

    private MeshException NewFailure(LiveEndpoint last, int attempts, Exception refused) => new(
        (refused as MeshException)?.Code ?? MeshErrorCode.ConnectFailed, $"{state.Name}: no connection in {attempts} attempts, the last to {last.Key}: {refused.Message}", refused);
}
