namespace Mesh.Proxy.Interception.Cni;

/// <summary>The node's folders, as the installer's container sees them.</summary>
/// <param name="Programs">Where the runtime finds plugins.</param>
/// <param name="Configurations">Where the runtime finds network configurations.</param>
/// <param name="ConfigurationsOnHost">The same as the host calls it: what the plugin is told, since it runs there.</param>
/// <param name="ServiceAccount">The service account's token and certificates, in the container.</param>
internal sealed record HostFolders(string Programs, string Configurations, string ConfigurationsOnHost, string ServiceAccount)
{
    private const string Credentials = "mesh-cni";

    public string Program => Path.Combine(Programs, CniSettings.PluginType);

    /// <summary>A folder, which runtimes don't take for a configuration.</summary>
    public string CredentialsFolder => Path.Combine(Configurations, Credentials);

    public string OnHost(string credential) => Path.Combine(ConfigurationsOnHost, Credentials, credential);
}
