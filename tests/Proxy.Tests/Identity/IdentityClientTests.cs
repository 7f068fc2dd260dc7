using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mesh.Api.Identity;
using Mesh.Proxy.Identity;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Proxy.Tests.Identity;

public sealed class IdentityClientTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-identity-");
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly TestAuthority _authority = new();
    private readonly PlayedIdentityOperator.Service _service;

    public IdentityClientTests() => _service = new(_authority, _time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Start_GetsACertificateThatNamesNobodyAndProvesTheToken()
    {
        await using var @operator = await PlayedIdentityOperator.StartAsync(_service);
        await using var proxy = await StartAsync(@operator.Address);

        await proxy.Store.WhenThereAsync(Cancellation);
        Assert.Equal("spiffe://cluster.local/ns/shop/sa/frontend", proxy.Store.Current!.Id.ToString());
        Assert.True(_service.Requests.TryDequeue(out var request));
        Assert.Equal("token", request.Token);
        var asked = CertificateRequest.LoadSigningRequest(request.SigningRequest.ToByteArray(), HashAlgorithmName.SHA256);
        Assert.Equal(("", 0), (asked.SubjectName.Name, asked.CertificateExtensions.Count));
        Assert.True(_service.Requests.IsEmpty);
    }

    [Fact]
    public async Task JoinKey_BecomesATokenOfItsOwnEachTime()
    {
        var key = LocalToken.NewKey();
        await using var @operator = await PlayedIdentityOperator.StartAsync(_service);
        await using var proxy = await StartAsync(@operator.Address, key);

        await proxy.Store.WhenThereAsync(Cancellation);
        Assert.True(_service.Requests.TryDequeue(out var request));
        Assert.True(LocalToken.TryReadKey(key, out var bytes));
        Assert.Null(LocalToken.Verify(request.Token, bytes, _time.GetUtcNow(), out var token));
        Assert.Equal(new LocalToken("shop", "frontend", "frontend-1"), token);
    }

    [Fact]
    public async Task RenewalIsDue_AsksAgainWithANewKeyAndTheTokenOfNow()
    {
        await using var @operator = await PlayedIdentityOperator.StartAsync(_service);
        await using var proxy = await StartAsync(@operator.Address);
        await proxy.Store.WhenThereAsync(Cancellation);
        var first = proxy.Store.Current!;
        await File.WriteAllTextAsync(TokenFile, "later token\n", Cancellation);

        _time.Advance(TimeSpan.FromHours(15));
        Assert.Single(_service.Requests);
        await AdvanceUntilAsync(() => !ReferenceEquals(proxy.Store.Current, first));
        Assert.NotEqual(first.Certificate.GetPublicKeyString(), proxy.Store.Current!.Certificate.GetPublicKeyString());
        Assert.Equal("later token", _service.Requests.Last().Token);
    }

    [Fact]
    public async Task OperatorAwayForTheWholeWindow_TheCertificateStaysInUseAndIsRenewedInTime()
    {
        await using var @operator = await PlayedIdentityOperator.StartAsync(_service);
        await using var proxy = await StartAsync(@operator.Address);
        await proxy.Store.WhenThereAsync(Cancellation);
        var first = proxy.Store.Current!;
        _service.IsAway = true;

        // From the sixteenth hour to a minute before the end.
        await AdvanceUntilAsync(() => first.Ends - _time.GetUtcNow() < TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(10));
        await AdvanceUntilAsync(() => first.Ends - _time.GetUtcNow() < TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(10));
        await Condition.HoldsAsync(() => proxy.Client.Failures > 0);
        Assert.Same(first, proxy.Store.Current);
        Assert.Equal("Unavailable: away", proxy.Client.Problem);
        _service.IsAway = false;
        await AdvanceUntilAsync(() => !ReferenceEquals(proxy.Store.Current, first), TimeSpan.FromMilliseconds(10));
        Assert.True(_time.GetUtcNow() < first.Ends);
    }

    [Theory]
    [InlineData("shop/mesh-operator")]
    [InlineData("mesh-system/default")]
    public async Task OperatorThatIsSomeoneElse_IsToldNothing(string identity)
    {
        await using var @operator = await PlayedIdentityOperator.StartAsync(_service, identity);
        await using var proxy = await StartAsync(@operator.Address);

        await Condition.HoldsAsync(() => proxy.Client.Failures > 0);
        Assert.Null(proxy.Store.Current);
        Assert.True(_service.Requests.IsEmpty);
    }

    [Fact]
    public async Task OperatorOfAnotherAnchor_IsToldNothing()
    {
        await using var @operator = await PlayedIdentityOperator.StartAsync(new(new TestAuthority("another"), _time));
        await using var proxy = await StartAsync(@operator.Address);

        await Condition.HoldsAsync(() => proxy.Client.Failures > 0);
        Assert.Null(proxy.Store.Current);
    }

    [Fact]
    public async Task AnchorsLearnt_AreKnownAfterARestartThatIsGivenTheOldOnes()
    {
        var next = new TestAuthority("next");
        _service.Anchors = [_authority.Anchor, next.Anchor];
        await using (var @operator = await PlayedIdentityOperator.StartAsync(_service))
        await using (var proxy = await StartAsync(@operator.Address)) await proxy.Store.WhenThereAsync(Cancellation);

        // Meanwhile all has been issued anew from the next anchor.
        await using var rotated = await PlayedIdentityOperator.StartAsync(new(next, _time));
        await using var restarted = await StartAsync(rotated.Address);
        await restarted.Store.WhenThereAsync(Cancellation);
        Assert.Equal([next.Anchor.Thumbprint], restarted.Store.Current!.Trust.Anchors.Select(anchor => anchor.Thumbprint));
    }

    private string TokenFile => Path.Combine(_folder.FullName, "token");

    private async Task<RunningIdentity> StartAsync(Uri address, string token = "token\n")
    {
        await File.WriteAllTextAsync(TokenFile, token, Cancellation);
        var proxy = new RunningIdentity(new()
        {
            Operator = address,
            OperatorIdentity = TestAuthority.IdOf("mesh-system/mesh-operator"),
            TrustAnchors = _authority.Trust.ToPem(),
            TokenFile = TokenFile,
            Cache = Path.Combine(_folder.FullName, "cache"),
            Proxy = "frontend-1",
            Namespace = "shop",
            ServiceAccount = "frontend",
        }, _time);
        await proxy.Client.StartAsync(Cancellation);
        return proxy;
    }

    private Task AdvanceUntilAsync(Func<bool> condition, TimeSpan? step = null) => Condition.HoldsAsync(() =>
    {
        if (condition()) return true;
        _time.Advance(step ?? TimeSpan.FromMinutes(10));
        return condition();
    });

    private sealed class RunningIdentity : IAsyncDisposable
    {
        public RunningIdentity(IdentityOptions options, TimeProvider time)
        {
            var trust = new TrustKeeper(Store, new AnchorCache(options, NullLogger<AnchorCache>.Instance));
            Client = new(Store, trust, new(options, time), options, new(1), time, NullLogger<IdentityClient>.Instance);
        }

        public CredentialStore Store { get; } = new(isEnabled: true);

        public IdentityClient Client { get; }

        public async ValueTask DisposeAsync()
        {
            await Client.StopAsync(CancellationToken.None);
            Client.Dispose();
        }
    }
}
