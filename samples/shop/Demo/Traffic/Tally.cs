namespace Shop.Demo.Traffic;

/// <summary>What became of a number of requests, as the client saw it.</summary>
internal readonly record struct Tally(long Total, long Failed, TimeSpan P50, TimeSpan P99)
{
    public double SuccessShare => Total == 0 ? 1 : 1 - (double)Failed / Total;
}
