using System.Reflection;
using System.Threading.Channels;
using Grpc.Core;
using Mesh.Api.Discovery;
using Mesh.Proxy.Identity;
using Mesh.Proxy.Resilience;

namespace Mesh.Proxy.Discovery;

/// <summary>
/// Keeps one discovery stream open to an operator and carries between it and the table. When the stream breaks it opens the
/// next, soon at first and then ever more patiently; the proxy serves meanwhile with what the table knows.
/// </summary>
internal sealed partial class DiscoveryClient(
    DestinationTable table, DiscoveryOptions options, CredentialStore credentials, Random random, TimeProvider time, ILogger<DiscoveryClient> logger) : BackgroundService
{
    private static readonly string ProgramVersion =
        typeof(DiscoveryClient).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.WhenAll(KeepStreamOpenAsync(stoppingToken), DropIdleAsync(stoppingToken), ReportShadowsAsync(stoppingToken));
    }

    private async Task KeepStreamOpenAsync(CancellationToken stoppingToken)
    {
        using var channels = new DiscoveryChannels(options, credentials);
        var backoff = new FullJitterBackoff(options.ReconnectBase, options.ReconnectMax, random);
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            var reason = "the operator ended it";
            long? welcomed = null;
            try
            {
                if (credentials.IsEnabled) await credentials.WhenThereAsync(stoppingToken);
                await RunStreamAsync(new(channels.Current()), () => welcomed = time.GetTimestamp(), stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                reason = e is RpcException rpc ? $"{rpc.StatusCode}: {rpc.Status.Detail}" : e.Message;
            }
            catch (Exception)
            {
                return;
            }
            // An operator that welcomes and breaks off at once is no better than one that isn't there.
            if (welcomed is { } start && time.GetElapsedTime(start) >= options.ReconnectMax) failures = 0;
            var delay = backoff.Delay(failures);
            if (failures++ == 0) StreamLost(options.Operator, reason, delay.TotalMilliseconds);
            else StreamFailed(options.Operator, failures, reason, delay.TotalMilliseconds);
            await PauseAsync(delay, stoppingToken);
        }
    }

    // A request that waits is worth an earlier try, and many of them no more than one.
    private async Task PauseAsync(TimeSpan delay, CancellationToken stoppingToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var pause = Task.Delay(delay, time, over.Token);
        await Task.WhenAny(pause, Task.Delay(options.ReconnectBase, time, over.Token));
        await Task.WhenAny(pause, table.WantedAsync());
        await over.CancelAsync();
    }

    private async Task RunStreamAsync(DiscoveryService.DiscoveryServiceClient client, Action onWelcome, CancellationToken stoppingToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        using var call = client.Stream(cancellationToken: ending.Token);
        var welcome = await GreetAsync(call, ending.Token);
        onWelcome();
        StreamOpened(options.Operator, welcome.Operator, welcome.Version);

        var sending = SendAsync(table.BeginSession(), call.RequestStream, ending.Token);
        try
        {
            while (await call.ResponseStream.MoveNext(ending.Token)) Receive(call.ResponseStream.Current);
        }
        finally
        {
            table.EndSession();
            await ending.CancelAsync();
            await sending;
        }
    }

    private async Task<Welcome> GreetAsync(AsyncDuplexStreamingCall<ProxyMessage, OperatorMessage> call, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(options.ConnectTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await call.RequestStream.WriteAsync(
                new() { Hello = new() { Proxy = options.Proxy, Namespace = options.Namespace, Version = ProgramVersion, Node = options.Node } }, either.Token);
            return await call.ResponseStream.MoveNext(either.Token) && call.ResponseStream.Current.Welcome is { } welcome
                ? welcome
                : throw new RpcException(new(StatusCode.InvalidArgument, "the operator's first message was no welcome"));
        }
        catch (Exception) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no welcome within {options.ConnectTimeout.TotalSeconds:0.#} s");
        }
    }

    // It ends with the stream. Why the stream broke is for the receiving side to say.
    private async Task SendAsync(
        ChannelReader<ProxyMessage> messages, IClientStreamWriter<ProxyMessage> stream, CancellationToken cancellationToken)
    {
        ProxyMessage? unsent = null;
        try
        {
            await foreach (var message in messages.ReadAllAsync(cancellationToken))
            {
                unsent = message;
                await stream.WriteAsync(message, cancellationToken);
                unsent = null;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or RpcException or InvalidOperationException)
        {
        }
        // Everything else begins anew with the next session; counts are there once.
        do
        {
            if (unsent?.ShadowReport is { } report) table.Return(report);
        }
        while (messages.TryRead(out unsent));
    }

    private void Receive(OperatorMessage message)
    {
        switch (message.MessageCase)
        {
            case OperatorMessage.MessageOneofCase.Resolution:
                table.Apply(message.Resolution);
                Resolved(message.Resolution.Authority, message.Resolution.Destination);
                break;
            case OperatorMessage.MessageOneofCase.Update:
                if (table.Apply(message.Update) is { } problem) Refused(message.Update.Destination, message.Update.Version, problem);
                else Updated(message.Update.Destination, message.Update.BaseVersion, message.Update.Version);
                break;
            case OperatorMessage.MessageOneofCase.Workload:
                if (table.Apply(message.Workload) is { } unusable) Refused(DestinationTable.WorkloadDestination, message.Workload.Version, unusable);
                else Updated(DestinationTable.WorkloadDestination, 0, message.Workload.Version);
                break;
        }
    }

    private async Task ReportShadowsAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.ShadowReportInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) table.ReportShadows();
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task DropIdleAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.IdleTimeout / 10, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) table.DropIdle();
        }
        catch (OperationCanceledException)
        {
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "discovery stream to {Address} is open, served by operator {Operator} {Version}")]
    private partial void StreamOpened(Uri address, string @operator, string version);

    [LoggerMessage(Level = LogLevel.Warning, Message = "discovery stream to {Address} is closed: {Reason}; serving with what is known, next try in {DelayMs:0} ms")]
    private partial void StreamLost(Uri address, string reason, double delayMs);

    [LoggerMessage(Level = LogLevel.Debug, Message = "discovery stream to {Address} could not be opened, try {Try}: {Reason}; next try in {DelayMs:0} ms")]
    private partial void StreamFailed(Uri address, int @try, string reason, double delayMs);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Authority} stands for {Destination}")]
    private partial void Resolved(string authority, string destination);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Destination}: version {BaseVersion:x16} -> {Version:x16}")]
    private partial void Updated(string destination, ulong baseVersion, ulong version);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Destination}: version {Version:x16} refused, keeping what was: {Problem}")]
    private partial void Refused(string destination, ulong version, string problem);
}
