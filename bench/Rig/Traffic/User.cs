namespace Mesh.Rig.Traffic;

/// <summary>Someone who asks and waits for a good answer, for two seconds at most.</summary>
internal sealed class User(HttpClient client, TimeProvider time)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Whether a whole answer came in time and was no error.</summary>
    public Task<bool> SucceedsAsync(Uri url) => SucceedsAsync(() => url, tries: 1);

    /// <summary>The same for a user who asks again at once, so many times in all.</summary>
    public async Task<bool> SucceedsAsync(Func<Uri> url, int tries)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        for (var tried = 0; tried < tries && !patience.IsCancellationRequested; tried++)
        {
            if (await SucceedsAsync(url(), patience.Token)) return true;
        }
        return false;
    }

    private async Task<bool> SucceedsAsync(Uri url, CancellationToken patience)
    {
        try
        {
            using var response = await client.GetAsync(url, patience);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
