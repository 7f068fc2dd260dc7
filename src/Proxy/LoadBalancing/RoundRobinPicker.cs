namespace Mesh.Proxy.LoadBalancing;

/// <summary>
/// Each in turn, from a random start so that proxies don't march in step. One that weighs less than the heaviest lets as many of
/// its turns pass, evenly spread. Source: gRPC's static stride scheduler, which weighted_round_robin uses (gRFC A58): unlike a
/// queue of deadlines (EDF) it has one word of state and no lock.
/// </summary>
internal sealed class RoundRobinPicker(Random random) : IEndpointPicker
{
    private const uint Stride = ushort.MaxValue;

    // Lets neighbours of one weight take their turns in different rounds.
    private const uint Offset = Stride / 2;

    // In rounds; only where the heaviest are not among the candidates could more pass.
    private const int MaxRounds = 16;

    private int _next = random.Next();

    public LiveEndpoint Pick(ReadOnlySpan<LiveEndpoint> candidates, in PickContext context)
    {
        var count = (uint)candidates.Length;
        if (!context.IsWeighted) return candidates[(int)(NextTurn() % count)];
        for (var turns = MaxRounds * count; turns > 0; turns--)
        {
            var (round, index) = Math.DivRem(NextTurn(), count);
            var candidate = candidates[(int)index];
            var step = Math.Max(1, (uint)(context.ShareOf(candidate) * Stride));
            if (((ulong)step * round + (ulong)index * Offset) % Stride >= Stride - step) return candidate;
        }
        return WeightedDraw.Draw(candidates, context, random);
    }

    private uint NextTurn() => (uint)Interlocked.Increment(ref _next);
}
