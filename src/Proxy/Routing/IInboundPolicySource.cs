namespace Mesh.Proxy.Routing;

/// <summary>Where the inbound side finds the policy of the service that the application serves.</summary>
internal interface IInboundPolicySource
{
    /// <summary>Asks the operator, from now on, for the policy of what is sent to a port of the application.</summary>
    /// <returns>
    /// Gives, without waiting, the destination that has the policy in force: the same object until the policy changes, and null until
    /// the operator has answered or where no service sends to this port.
    /// </returns>
    Func<Destination?> InboundTo(int applicationPort);
}
