namespace Mesh.Scale.Measuring;

/// <summary>Of some times, in the unit that they were given in; NaN where there are none.</summary>
internal readonly record struct Quantiles(int Count, double P50, double P99, double Last)
{
    public static Quantiles Of(IEnumerable<double> times)
    {
        var sorted = times.Order().ToArray();
        return sorted.Length == 0 ? new(0, double.NaN, double.NaN, double.NaN) : new(sorted.Length, At(sorted, 0.5), At(sorted, 0.99), sorted[^1]);
    }

    private static double At(double[] sorted, double share) => sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
}
