using System.Text.Json;
using Mesh.Api.Resources;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Mesh.Operator.Injection;

/// <summary>A webhook's HTTP side: AdmissionReview v1 in, AdmissionReview v1 out, a reason for all that is none.</summary>
internal sealed partial class AdmissionEndpoint(IAdmissionWebhook webhook, WebhookMetrics metrics, TimeProvider time, ILogger<AdmissionEndpoint> logger)
{
    // An object is at most 3 MiB in a request to the API server (its --max-resource-write-bytes, not changeable there), a review
    // holds the old one beside the new, and the rest of it is small.
    private const long LongestReview = 7 * 1024 * 1024;

    // For the answer to arrive.
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMilliseconds(500);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public async Task<IResult> ReviewAsync(HttpContext context)
    {
        if (!context.Request.HasJsonContentType())
        {
            return Malformed(StatusCodes.Status415UnsupportedMediaType, $"content type: found \"{context.Request.ContentType}\", expected application/json");
        }
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body) body.MaxRequestBodySize = LongestReview;

        AdmissionReview? review;
        try
        {
            review = await JsonSerializer.DeserializeAsync<AdmissionReview>(context.Request.Body, Json, context.RequestAborted);
        }
        catch (JsonException exception)
        {
            return Malformed(StatusCodes.Status400BadRequest, $"body: found no AdmissionReview: {exception.Message}");
        }
        catch (BadHttpRequestException exception)
        {
            return Malformed(exception.StatusCode, $"body: {exception.Message}");
        }
        if (Fault(review) is { } fault) return Malformed(StatusCodes.Status400BadRequest, fault);

        using var limit = new CancellationTokenSource(TimeLimit(context.Request), time);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, limit.Token);
        var response = await ReviewAsync(review!.Request!, waiting.Token, context.RequestAborted);
        return TypedResults.Json(AdmissionReview.Of(response with { Uid = review.Request!.Uid }), Json);
    }

    private static string? Fault(AdmissionReview? review) => review switch
    {
        null => "body: found null, expected an AdmissionReview",
        { Kind: not AdmissionReview.ReviewKind } => $"kind: found \"{review.Kind}\", expected {AdmissionReview.ReviewKind}",
        { ApiVersion: not AdmissionReview.V1 } => $"apiVersion: found \"{review.ApiVersion}\", expected {AdmissionReview.V1}",
        { Request: null } => "request: found nothing, expected an AdmissionRequest",
        { Request.Uid: null or "" } => "request.uid: found nothing, expected the review's id",
        { Request.Object.ValueKind: not JsonValueKind.Object } => "request.object: found no object, expected the one to admit",
        _ => null,
    };

    // The API server says how long it waits (timeout=5s in the URL). An answer just before that tells why; none is a timeout to it.
    private static TimeSpan TimeLimit(HttpRequest request) =>
        MeshDuration.TryParse(request.Query["timeout"], out var timeout) && timeout.Value > AnswerTime ? timeout.Value - AnswerTime : Timeout.InfiniteTimeSpan;

    private async ValueTask<AdmissionResponse> ReviewAsync(AdmissionRequest request, CancellationToken cancellationToken, CancellationToken gone)
    {
        try
        {
            var response = await webhook.ReviewAsync(request, cancellationToken);
            metrics.Reviewed(webhook.Name, response is { Allowed: false } ? "denied" : response.Patch is null ? "allowed" : "patched");
            return response;
        }
        catch (Exception exception) when (!gone.IsCancellationRequested)
        {
            LogFailed(exception, webhook.Name, request.Uid, request.Namespace, request.Name);
            metrics.Failed(webhook.Name);
            var message = $"mesh-operator: webhook {webhook.Name} failed on review {request.Uid}: {(exception is OperationCanceledException ? "no decision in the time that the API server waits" : exception.Describe())}";
            return webhook.AdmitsOnFailure
                ? new AdmissionResponse { Allowed = true, Warnings = [message] }
                : AdmissionResponse.Deny(StatusCodes.Status500InternalServerError, "InternalError", message);
        }
    }

    private ContentHttpResult Malformed(int statusCode, string reason)
    {
        LogMalformed(webhook.Name, reason);
        metrics.Reviewed(webhook.Name, "malformed");
        return TypedResults.Text(reason, statusCode: statusCode);
    }

    [LoggerMessage(LogLevel.Error, "Webhook {Webhook} failed on review {Review} of {Namespace}/{Name}.")]
    private partial void LogFailed(Exception exception, string webhook, string? review, string @namespace, string name);

    [LoggerMessage(LogLevel.Warning, "Webhook {Webhook} was sent something else than a review: {Reason}")]
    private partial void LogMalformed(string webhook, string reason);
}
