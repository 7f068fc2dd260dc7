namespace Mesh.Operator.Injection;

/// <summary>Where the webhook stands.</summary>
internal sealed record WebhookOptions
{
    /// <summary>The operator's own namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The Service by which the API server calls, as <c>config/operator</c> declares it.</summary>
    public string Service { get; init; } = "mesh-webhook";

    /// <summary>The name that the Mutating- and the ValidatingWebhookConfiguration share, as <c>config/operator</c> declares them.</summary>
    public string Configuration { get; init; } = "mesh-operator";

    /// <summary>A directory with tls.crt and tls.key; null: the operator makes its own certificate.</summary>
    public string? CertificateDirectory { get; init; }

    /// <summary>Whether pods are admitted where the injection fails: failurePolicy Ignore in the webhook configuration. Default: true.</summary>
    public bool MayFail { get; init; } = true;

    /// <summary>How long another replica's certificate, or a webhook configuration applied anew, goes unnoticed. Default: 10 s.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long API servers are given to read a changed configuration before they are shown what only the new one trusts. Each reads it
    /// by a watch of its own, which may be behind. Default: 30 s.
    /// </summary>
    public TimeSpan TrustDelay { get; init; } = TimeSpan.FromSeconds(30);
}
