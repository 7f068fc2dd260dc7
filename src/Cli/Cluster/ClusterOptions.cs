using System.CommandLine;

namespace Mesh.Cli.Cluster;

/// <summary>The options of every command that asks a cluster.</summary>
internal sealed class ClusterOptions
{
    public const string DefaultNamespace = "mesh-system";

    private readonly Func<string?, string?, ICluster> _open;

    /// <param name="open">Opens a cluster by kubeconfig and context.</param>
    public ClusterOptions(Func<string?, string?, ICluster> open) => _open = open;

    public Option<string?> Kubeconfig { get; } = new("--kubeconfig") { Description = "The cluster's kubeconfig file. Default: as kubectl finds it.", HelpName = "FILE" };

    public Option<string?> Context { get; } = new("--context") { Description = "A context of the kubeconfig file. Default: the current one.", HelpName = "NAME" };

    public Option<string> Namespace { get; } = new("--namespace", "-n")
    {
        Description = "The operator's namespace.",
        HelpName = "NAME",
        DefaultValueFactory = _ => DefaultNamespace,
    };

    public void AddTo(Command command)
    {
        AddWithoutNamespaceTo(command);
        command.Add(Namespace);
    }

    /// <summary>For a command that has nothing to ask the operator.</summary>
    public void AddWithoutNamespaceTo(Command command)
    {
        command.Add(Kubeconfig);
        command.Add(Context);
    }

    public ICluster Open(ParseResult result) => _open(result.GetValue(Kubeconfig), result.GetValue(Context));
}
