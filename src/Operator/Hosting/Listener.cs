namespace Mesh.Operator.Hosting;

/// <summary>
/// A listener by its name. Connections carry it as a feature and endpoints as metadata, so that each endpoint answers on its own
/// listener only.
/// </summary>
internal sealed record Listener(string Name)
{
    public static readonly Listener Discovery = new("discovery");
    public static readonly Listener Admin = new("admin");
    public static readonly Listener Webhook = new("webhook");
}
