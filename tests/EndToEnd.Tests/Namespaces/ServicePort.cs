using System.Net;

namespace Mesh.EndToEnd.Tests.Namespaces;

/// <summary>A port of a service, with the virtual addresses that the node gives it.</summary>
internal sealed record ServicePort(string Name, int Number, int Port, Pod Pod, int TargetPort)
{
    public IPAddress Address { get; } = IPAddress.Parse($"10.96.0.{Number}");

    public IPAddress AddressV6 { get; } = IPAddress.Parse($"fd00:96::{Number}");
}
