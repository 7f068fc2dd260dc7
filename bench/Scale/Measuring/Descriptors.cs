using Mesh.Rig;

namespace Mesh.Scale.Measuring;

/// <summary>How many connections a process can hold here.</summary>
internal static class Descriptors
{
    // Programs, libraries, logs, watches, what a run-time keeps for itself.
    private const int Own = 1_000;

    /// <summary>One as in life, unless that is more connections than a process can have.</summary>
    public static int StreamsPerConnection(int proxies) => (int)Math.Ceiling((double)proxies / (Machine.DescriptorLimit - Own));
}
