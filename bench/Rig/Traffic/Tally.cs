using System.Globalization;

namespace Mesh.Rig.Traffic;

/// <summary>What became of a number of requests, as the client saw it.</summary>
internal readonly record struct Tally(long Total, long Failed, TimeSpan P50, TimeSpan P99)
{
    public double SuccessShare => Total == 0 ? 1 : (double)(Total - Failed) / Total;

    /// <summary>Rounded down to a hundredth of a percent, so that 99.9 % is never said of less.</summary>
    public string Success => Total == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{(Total - Failed) * 10_000 / Total / 100m:0.00} %");
}
