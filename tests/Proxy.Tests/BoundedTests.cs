using System.Reflection;
using Xunit.v3;

[assembly: Mesh.Proxy.Tests.BoundedTests]

namespace Mesh.Proxy.Tests;

/// <summary>
/// Bounds every test: what waits with the test's token ends with it, so that what never comes is a failure and no hang.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class BoundedTestsAttribute : BeforeAfterTestAttribute
{
    // Far beyond the slowest test on the busiest machine: it decides nothing but when to give up.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static readonly AsyncLocal<Timer?> Running = new();

    public override void Before(MethodInfo methodUnderTest, IXunitTest test)
    {
        var context = TestContext.Current;
        Running.Value = new(_ => context.CancelCurrentTest(), null, Limit, Timeout.InfiniteTimeSpan);
    }

    public override void After(MethodInfo methodUnderTest, IXunitTest test) => Running.Value?.Dispose();
}
