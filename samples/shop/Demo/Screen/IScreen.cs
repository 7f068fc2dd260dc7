namespace Shop.Demo.Screen;

/// <summary>Shows the run while it goes on.</summary>
internal interface IScreen
{
    /// <summary>Shows what <paramref name="current"/> says, again and again, until it is stopped.</summary>
    Task ShowAsync(Func<Snapshot> current, CancellationToken stop);
}
