namespace Mesh.Operator.Telemetry;

/// <summary>The meter that everything in the operator is measured by.</summary>
internal static class OperatorMeter
{
    public const string Name = "Mesh.Operator";
}
