namespace Mesh.Operator.Injection;

/// <summary>Judges the objects that the API server is about to store.</summary>
internal interface IAdmissionWebhook
{
    /// <summary>Its path, and its name in metrics.</summary>
    string Name { get; }

    /// <summary>
    /// Whether an object is admitted where the webhook itself fails: the same as failurePolicy in its webhook configuration, which
    /// only speaks of webhooks that don't answer.
    /// </summary>
    bool AdmitsOnFailure { get; }

    ValueTask<AdmissionResponse> ReviewAsync(AdmissionRequest request, CancellationToken cancellationToken);
}
