namespace Mesh.KubeApi.Admission;

/// <summary>A webhook that couldn't be reached, or whose answer makes no sense.</summary>
internal sealed class WebhookException(string message, Exception? inner = null) : Exception(message, inner);
