namespace Mesh.EndToEnd.Tests.Meshes;

internal static class Disposal
{
    /// <summary>Disposes of all, one after the other, whatever becomes of each; then fails with the first that did.</summary>
    public static async Task OfAllAsync(IEnumerable<IAsyncDisposable> parts)
    {
        var failures = new List<Exception>();
        foreach (var part in parts)
        {
            try
            {
                await part.DisposeAsync();
            }
            catch (Exception failure)
            {
                failures.Add(failure);
            }
        }
        if (failures.Count > 0) throw new AggregateException(failures);
    }
}
