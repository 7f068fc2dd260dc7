using Mesh.Rig.Traffic;

namespace Shop.Demo.Traffic;

/// <summary>The users of one shop, and what each saw in which scene.</summary>
internal sealed class Shoppers(User user, Uri shop, Func<string> scene, Outcomes outcomes, TimeProvider time)
{
    public async Task OrderAsync(long due)
    {
        var during = scene();
        var succeeded = await user.SucceedsAsync(shop);
        outcomes.Add(during, succeeded, time.GetElapsedTime(due));
    }
}
