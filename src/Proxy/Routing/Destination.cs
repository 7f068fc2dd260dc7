using Mesh.Api.Discovery;

namespace Mesh.Proxy.Routing;

/// <summary>A destination that this proxy routes to: its name, the policy in force, and the stack that sends to its endpoints.</summary>
internal sealed class Destination(string name, Policy policy, HttpMessageInvoker invoker)
{
    /// <summary>As the operator names it: <c>namespace/service:port</c>.</summary>
    public string Name { get; } = name;

    /// <summary>The policy in force now.</summary>
    public Policy Policy { get; } = policy;

    /// <summary>What is tried on its traffic; null where nothing is.</summary>
    public ShadowPolicy? Shadow { get; init; }

    /// <summary>The top of the handler stack; safe for any number of requests at a time.</summary>
    public HttpMessageInvoker Invoker { get; } = invoker;

    /// <summary>What its connections speak, where its port says so.</summary>
    public AppProtocol Protocol { get; init; }

    /// <summary>Opens connections for what isn't HTTP; null where none is carried.</summary>
    public ITcpDialer? Dialer { get; init; }
}
