using Mesh.Cli.Cluster;

namespace Mesh.Cli.Check;

/// <summary>Checks, one after the other.</summary>
internal static class CheckRun
{
    public static IEnumerable<CheckResult> Of(IEnumerable<HealthCheck> checks, MeshView mesh)
    {
        foreach (var check in checks)
        {
            var verdict = Look(check, mesh);
            var hint = verdict.Outcome is CheckOutcome.Ok ? null : check.Hint;
            yield return new(check.Category, check.Name, verdict.Outcome, verdict.Found, hint);
            if (check.EndsTheRun && verdict.Outcome is CheckOutcome.Failed) yield break;
        }
    }

    // What may not be looked at says nothing of the mesh; a cluster that doesn't answer does.
    private static Verdict Look(HealthCheck check, MeshView mesh)
    {
        try
        {
            return check.Look(mesh);
        }
        catch (ClusterException exception)
        {
            return check.EndsTheRun ? Verdict.Failed(exception.Message) : Verdict.Skipped(exception.Message);
        }
    }
}
