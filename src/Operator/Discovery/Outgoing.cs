using Mesh.Api.Discovery;

namespace Mesh.Operator.Discovery;

/// <summary>A message that is due: chosen under the table's lock, encoded outside of it.</summary>
internal readonly struct Outgoing
{
    private readonly Resolution? _resolution;
    private readonly DestinationVersion? _version;
    private readonly DestinationVersion? _base;

    public Outgoing(Resolution resolution) => _resolution = resolution;

    public Outgoing(DestinationVersion version, DestinationVersion? baseVersion) => (_version, _base) = (version, baseVersion);

    public EncodedMessage Encode() =>
        _version is null ? new(new OperatorMessage { Resolution = _resolution }) : _base is null ? _version.Whole : _version.Since(_base);
}
