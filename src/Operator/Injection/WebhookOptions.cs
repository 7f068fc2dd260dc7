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
}
