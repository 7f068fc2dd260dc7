namespace Mesh.Operator.State;

/// <summary>Where sources put what they see. Safe for any number of threads.</summary>
internal interface IResourceSink
{
    /// <summary>Applies changes in order and publishes them as one snapshot.</summary>
    void Post(params IReadOnlyCollection<ResourceChange> changes);
}
