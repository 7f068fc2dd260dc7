using Mesh.Rig.Traffic;

namespace Mesh.Chaos;

/// <summary>What came of a failure on one side.</summary>
/// <param name="Users">What the users saw of all requests that were due while it lasted.</param>
/// <param name="Length">How long it lasted.</param>
/// <param name="Attempts">Requests for the failing service: those that reached it, or those that sidecars sent to it, whichever are more.</param>
/// <param name="Notes">What else there is to tell.</param>
/// <param name="Missed">What was to be seen and wasn't.</param>
internal sealed record Outcome(Tally Users, TimeSpan Length, long Attempts, IReadOnlyList<string> Notes, IReadOnlyList<string> Missed)
{
    /// <summary>Attempts for each request of a user.</summary>
    public double Load => Users.Total == 0 ? 0 : (double)Attempts / Users.Total;
}
