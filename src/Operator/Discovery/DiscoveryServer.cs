using System.Reflection;
using Grpc.Core;
using Mesh.Api.Discovery;
using Mesh.Operator.Identity;
using Microsoft.AspNetCore.Connections.Features;

namespace Mesh.Operator.Discovery;

/// <summary>The stream to one proxy, from its Hello to its end. What comes from the proxy is not trusted.</summary>
internal sealed partial class DiscoveryServer(
    SubscriptionTable table,
    WorkloadTable workloads,
    ShadowLedger shadows,
    DiscoveryMetrics metrics,
    DiscoveryLimits limits,
    TimeProvider time,
    ILogger<DiscoveryServer> logger,
    CallerCheck? callers = null)
    : EncodedDiscoveryService
{
    // Of a connection's age, in both directions: who came together doesn't go together.
    private const double Spread = 0.2;

    // Bytes of messages that wait for the next, so that they go over the wire together: what is due at a time is mostly all that a proxy
    // subscribes to, and each write of its own would cost more than all else that is done for it.
    private const int MostHeld = 32 * 1024;

    private static readonly WriteOptions Held = new(WriteFlags.BufferHint);
    private static readonly WriteOptions Flushed = new();
    private static readonly string Version = typeof(DiscoveryServer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private readonly TokenBuckets<ProxyName> _asking = new(limits.SubscriptionsInARow, limits.SubscriptionsASecond, limits.Remembered, time);

    public override async Task Stream(IAsyncStreamReader<ProxyMessage> requests, IServerStreamWriter<EncodedMessage> responses, ServerCallContext context)
    {
        var hello = await ReadHelloAsync(requests, context.CancellationToken);
        var proved = callers?.Check(context.GetHttpContext().Connection, hello);
        using var stream = new ProxyStream(new(hello.Namespace, hello.Proxy), hello.Node);
        if (!_asking.Has(stream.Proxy, limits.Subscriptions)) throw AsksTooOften();
        var end = End(proved);
        await using var limit = time.CreateTimer(_ => EndConnection(stream, context.GetHttpContext(), end.Code, end.Reason), null, end.After, Timeout.InfiniteTimeSpan);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stream.Ended);
        using var grace = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        using var cutting = over.Token.Register(() =>
        {
            grace.CancelAfter(limits.LastWrite);
            stream.Wake();
        });
        var writing = Task.CompletedTask;
        var reason = "the proxy closed it";
        table.Attach(stream);
        workloads.Attach(stream);
        LogConnected(stream.Proxy, hello.Version);
        try
        {
            writing = WriteAsync(stream, responses, over.Token, grace.Token);
            var reading = ReadAsync(stream, requests, over.Token);
            await await Task.WhenAny(reading, writing);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or InvalidOperationException && over.IsCancellationRequested)
        {
            if (stream.EndReason is not { } ended) return;
            reason = ended.Status.Detail;
            throw ended;
        }
        catch (RpcException refused)
        {
            reason = refused.Status.Detail;
            throw;
        }
        finally
        {
            await over.CancelAsync();
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            workloads.Detach(stream);
            table.Detach(stream);
            LogDisconnected(stream.Proxy, reason);
        }
    }

    // Nobody stays connected by a proof that is over; the proxy comes back with its new certificate, which takes a connection of its own.
    // Nor does anybody stay for good: connections that never end are all with the replicas that were there first.
    private (TimeSpan After, StatusCode Code, string Reason) End(DateTimeOffset? proved)
    {
        var endless = limits.ConnectionAge == TimeSpan.Zero;
        var age = limits.ConnectionAge * (1 - Spread + (2 * Spread * Random.Shared.NextDouble()));
        if (proved - time.GetUtcNow() is { } left && (endless || left < age)) return (left, StatusCode.Unauthenticated, $"the certificate of this connection ended {proved:u}");
        return (endless ? Timeout.InfiniteTimeSpan : age, StatusCode.Unavailable, "proxies are spread over the operator's replicas again");
    }

    private static void EndConnection(ProxyStream stream, HttpContext http, StatusCode code, string reason)
    {
        stream.End(code, reason);
        http.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }

    private async Task<Hello> ReadHelloAsync(IAsyncStreamReader<ProxyMessage> requests, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(limits.HelloTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            if (!await requests.MoveNext(either.Token)) throw Invalid("expected hello, found the stream's end");
        }
        catch (Exception) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new(StatusCode.DeadlineExceeded, $"expected hello within {limits.HelloTimeout.TotalSeconds:0.###} s"));
        }
        if (requests.Current.Hello is not { } hello) throw Invalid($"expected hello, found {requests.Current.MessageCase}");
        CheckLength("hello.proxy", hello.Proxy, limits.NameLength);
        CheckLength("hello.namespace", hello.Namespace, limits.NameLength);
        CheckLength("hello.version", hello.Version, limits.NameLength, mayBeEmpty: true);
        CheckLength("hello.node", hello.Node, limits.NameLength, mayBeEmpty: true);
        return hello;
    }

    private async Task ReadAsync(ProxyStream stream, IAsyncStreamReader<ProxyMessage> requests, CancellationToken cancellationToken)
    {
        while (await requests.MoveNext(cancellationToken)) Handle(stream, requests.Current);
    }

    private void Handle(ProxyStream stream, ProxyMessage message)
    {
        switch (message.MessageCase)
        {
            case ProxyMessage.MessageOneofCase.Subscribe:
                CheckLength("subscribe.authority", message.Subscribe.Authority, limits.AuthorityLength);
                CheckLength("subscribe.known_destination", message.Subscribe.KnownDestination, limits.DestinationLength, mayBeEmpty: true);
                if (!_asking.TryTake(stream.Proxy)) throw AsksTooOften();
                if (table.TrySubscribe(stream, message.Subscribe)) break;
                throw new RpcException(new(StatusCode.ResourceExhausted, $"found more than {limits.Subscriptions} subscriptions, expected at most that many"));
            case ProxyMessage.MessageOneofCase.Unsubscribe:
                table.Unsubscribe(stream, message.Unsubscribe);
                break;
            case ProxyMessage.MessageOneofCase.Acknowledge:
                if (message.Acknowledge.Destination == WorkloadTable.Destination) workloads.Acknowledge(stream, message.Acknowledge.Version);
                else table.Acknowledge(stream, message.Acknowledge);
                break;
            case ProxyMessage.MessageOneofCase.Refuse:
                if (IsRefusal(stream, message.Refuse)) LogRefused(stream.Proxy, message.Refuse.Destination, message.Refuse.Version, message.Refuse.Reason);
                break;
            case ProxyMessage.MessageOneofCase.ShadowReport:
                if (table.Evaluated(stream, message.ShadowReport) is { } evaluated) shadows.Add(evaluated, message.ShadowReport);
                break;
            case ProxyMessage.MessageOneofCase.Hello:
                throw Invalid("found a second hello");
            default:
                // A newer proxy may say what this operator does not know.
                break;
        }
    }

    // A write that is cancelled resets the call, and the proxy would not be told why it ends: one that has begun may finish.
    private async Task WriteAsync(ProxyStream stream, IServerStreamWriter<EncodedMessage> responses, CancellationToken over, CancellationToken grace)
    {
        var message = new EncodedMessage(new() { Welcome = new() { Operator = Environment.MachineName, Version = Version } });
        while (true)
        {
            for (var held = 0; message is not null;)
            {
                var next = over.IsCancellationRequested ? null : TakeNext(stream);
                held = next is null || held + message.Length > MostHeld ? 0 : held + message.Length;
                responses.WriteOptions = held > 0 ? Held : Flushed;
                await responses.WriteAsync(message, grace);
                if (message.Kind is { } kind) metrics.Sent(kind);
                message = next;
            }
            await stream.WaitAsync();
            over.ThrowIfCancellationRequested();
            message = TakeNext(stream);
        }
    }

    // What holds for the pod comes first: until it has, nobody is let in.
    private EncodedMessage? TakeNext(ProxyStream stream) =>
        workloads.TryTake(stream, out var message) ? message : table.TryTakeNext(stream, out var next) ? next.Encode() : null;

    private bool IsRefusal(ProxyStream stream, Refuse answer) => answer.Destination == WorkloadTable.Destination
        ? workloads.Refuse(stream, answer.Version, answer.Reason)
        : table.Refuse(stream, answer);

    private static void CheckLength(string field, string text, int most, bool mayBeEmpty = false)
    {
        if (text.Length > most || (text.Length == 0 && !mayBeEmpty))
        {
            throw Invalid($"{field}: found {text.Length} characters, expected {(mayBeEmpty ? 0 : 1)} to {most}");
        }
    }

    private RpcException AsksTooOften() => new(new(
        StatusCode.ResourceExhausted, $"found more than {limits.SubscriptionsInARow} subscriptions in a row, expected at most that many, and {limits.SubscriptionsASecond:0.###} a second after that; trying later helps"));

    private static RpcException Invalid(string detail) => new(new(StatusCode.InvalidArgument, detail));

    [LoggerMessage(Level = LogLevel.Information, Message = "Proxy {Proxy} connected, version {Version}")]
    private partial void LogConnected(ProxyName proxy, string version);

    [LoggerMessage(Level = LogLevel.Information, Message = "Proxy {Proxy} disconnected: {Reason}")]
    private partial void LogDisconnected(ProxyName proxy, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Proxy {Proxy} refused {Destination} version {Version:x16}: {Reason}")]
    private partial void LogRefused(ProxyName proxy, string destination, ulong version, string reason);
}
