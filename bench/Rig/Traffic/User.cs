namespace Mesh.Rig.Traffic;

/// <summary>Someone who asks and waits for a good answer, for two seconds at most.</summary>
internal sealed class User(HttpClient client, TimeProvider time)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Whether a whole answer came in time and was no error.</summary>
    public async Task<bool> SucceedsAsync(Uri url)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            using var response = await client.GetAsync(url, patience.Token);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
