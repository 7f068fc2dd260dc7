namespace Mesh.Operator.Discovery;

/// <summary>How an update says what a destination is.</summary>
internal enum UpdateKind
{
    Whole,
    Delta,
}
