namespace Mesh.KubeApi.Tables;

/// <summary>How long ago, as kubectl writes it: two units at most, fewer as it grows.</summary>
internal static class Age
{
    public static string Text(TimeSpan age) => age switch
    {
        { TotalSeconds: < 0 } => "0s",
        { TotalMinutes: < 2 } => $"{(int)age.TotalSeconds}s",
        { TotalMinutes: < 10 } => $"{(int)age.TotalMinutes}m{Rest(age.Seconds, "s")}",
        { TotalHours: < 3 } => $"{(int)age.TotalMinutes}m",
        { TotalHours: < 8 } => $"{(int)age.TotalHours}h{Rest(age.Minutes, "m")}",
        { TotalDays: < 2 } => $"{(int)age.TotalHours}h",
        { TotalDays: < 8 } => $"{(int)age.TotalDays}d{Rest(age.Hours, "h")}",
        _ => $"{(int)age.TotalDays}d",
    };

    private static string Rest(int count, string unit) => count == 0 ? "" : $"{count}{unit}";
}
