using System.Runtime.CompilerServices;
using Mesh.Api.Discovery;
using Mesh.Proxy.Forwarding;
using Mesh.Proxy.Listening;
using Mesh.Proxy.Routing;

namespace Mesh.Proxy.Inbound;

/// <summary>What becomes of the connections to one port of the application, given what the service that sends there says of it.</summary>
/// <param name="port">The application's.</param>
/// <param name="destination">Has the policy in force; gives null where no service sends there.</param>
/// <param name="newPlan">Makes the plan for what connections speak, and for how long they may be silent.</param>
internal sealed class InboundPlans(int port, Func<Destination?> destination, Func<AppProtocol, TimeSpan?, DestinationPlan> newPlan)
{
    // A destination is replaced when its policy changes, and its plan goes with it.
    private readonly ConditionalWeakTable<Destination, DestinationPlan> _plans = [];
    private readonly DestinationPlan _withoutService = newPlan(AppProtocol.Unspecified, null);

    public ConnectionPlan Now => PlanFor(destination()).Now(port);

    private DestinationPlan PlanFor(Destination? known) =>
        known is null ? _withoutService
        : _plans.TryGetValue(known, out var plan) ? plan
        : _plans.GetValue(known, NewPlan);

    private DestinationPlan NewPlan(Destination known) => newPlan(known.Protocol, known.Policy.Timeouts?.Idle?.ToTimeSpan());
}
