using Mesh.Api.Discovery;

namespace Mesh.Proxy.Tests.Discovery;

public sealed class WorkloadTests
{
    [Fact]
    public async Task Update_HoldsFromNowOnAndIsAcknowledged()
    {
        await using var @operator = await FakeOperator.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(@operator.Address);
        var stream = await @operator.NextStreamAsync();
        var changes = 0;
        proxy.Table.Workload.Changed += () => changes++;
        Assert.False(proxy.Table.Workload.Current.IsKnown);

        await stream.SendAsync(new WorkloadUpdate { Version = 1, Mtls = MtlsMode.Strict, PortMtls = { [9090] = MtlsMode.MtlsOff }, Authorization = new() });

        Assert.Equal(new Acknowledge { Destination = "workload", Version = 1 }, (await stream.NextAsync()).Acknowledge);
        var workload = proxy.Table.Workload.Current;
        Assert.Equal((1ul, MtlsMode.Strict, MtlsMode.MtlsOff), (workload.Version, workload.MtlsModeOf(8080), workload.MtlsModeOf(9090)));
        Assert.NotNull(workload.Authorization);
        Assert.Equal(1, changes);
    }

    [Fact]
    public async Task UpdateThatCantBeUsed_IsRefusedAndWhatHeldGoesOn()
    {
        await using var @operator = await FakeOperator.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(@operator.Address);
        var stream = await @operator.NextStreamAsync();
        await stream.SendAsync(new WorkloadUpdate { Version = 1, Mtls = MtlsMode.Strict });
        await stream.NextAsync();

        foreach (var (update, reason) in new[]
        {
            (new WorkloadUpdate(), "version: found 0"),
            (new WorkloadUpdate { Version = 2, Mtls = (MtlsMode)99 }, "mtls: found 99"),
            (new WorkloadUpdate { Version = 3, PortMtls = { [8080] = MtlsMode.Unspecified } }, "port_mtls of 8080: found 0"),
            (new WorkloadUpdate { Version = 4, PortMtls = { [70_000] = MtlsMode.Strict } }, "port_mtls: found port 70000"),
        })
        {
            await stream.SendAsync(update);
            var refused = (await stream.NextAsync()).Refuse;
            Assert.Equal(("workload", update.Version), (refused.Destination, refused.Version));
            Assert.Contains(reason, refused.Reason, StringComparison.Ordinal);
        }
        Assert.Equal((1ul, MtlsMode.Strict), (proxy.Table.Workload.Current.Version, proxy.Table.Workload.Current.MtlsModeOf(80)));
    }

    [Fact]
    public async Task WhatHeld_OutlivesTheStream()
    {
        await using var @operator = await FakeOperator.StartAsync();
        await using var proxy = await RunningProxy.StartAsync(@operator.Address);
        var stream = await @operator.NextStreamAsync();
        await stream.SendAsync(new WorkloadUpdate { Version = 1 });
        await stream.NextAsync();

        stream.Cut();
        await @operator.NextStreamAsync();
        Assert.Equal((1ul, MtlsMode.Permissive), (proxy.Table.Workload.Current.Version, proxy.Table.Workload.Current.MtlsModeOf(80)));
    }
}
