using Mesh.Proxy.Forwarding;
using Mesh.Proxy.LoadBalancing;

namespace Mesh.Proxy.Resilience;

/// <summary>
/// Holds a gRPC answer's head back for a moment, where its status could be a reason to ask again: a call that fails without a
/// message may say so in its trailers only. Once a message has come, or the moment has passed, the answer goes on as it is.
/// </summary>
internal sealed class GrpcAnswerHandler(RetryRules rules, TimeProvider time) : DelegatingHandler
{
    // A unary call that fails mostly ends with its head. A stream whose client waits for the head is held up for this long, once.
    private static readonly TimeSpan LongestHold = TimeSpan.FromMilliseconds(50);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        GrpcCall.Is(request) && rules.MayRepeat(request) ? HoldAsync(request, cancellationToken) : base.SendAsync(request, cancellationToken);

    private async Task<HttpResponseMessage> HoldAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = await base.SendAsync(request, cancellationToken);
        if (AttemptOutcome.GrpcStatusOf(answer) is not null || !answer.IsSuccessStatusCode || Attempt.Of(answer) is not { } attempt) return answer;

        var stream = new PeekedStream(await answer.Content.ReadAsStreamAsync(cancellationToken));
        answer.Content = new PeekedContent(answer.Content, stream);
        try
        {
            await stream.PeekAsync(LongestHold, time, cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // The head has come: it fails again where the body is copied, and is dealt with there.
        }
        if (stream.IsEmpty) attempt.Complete(AttemptEnd.Answered, (int?)AttemptOutcome.GrpcStatusOf(answer));
        return answer;
    }
}
