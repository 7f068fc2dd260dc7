using System.Security.Cryptography.X509Certificates;
using Mesh.Api.Identity;
using Mesh.Operator.Identity;

namespace Mesh.Operator.Tests.Identity;

/// <summary>Years of an authority's life, in virtual time: a certificate that was issued is believed by every proxy for as long as it lives.</summary>
public sealed class RotationTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly SpiffeId Workload = new("cluster.local", "shop", "frontend");

    private readonly IdentityPolicy _policy = IdentityPolicy.Default;
    private AuthorityRecord _record = AuthorityRecord.Create(null, IdentityPolicy.Default.AnchorLifetime, Start);
    private DateTimeOffset _now = Start;

    [Fact]
    public void NothingIsDue_ToAYoungAuthority()
    {
        Settle();

        Assert.Null(Next());
        Assert.Equal(AnchorPhase.Issuing, Assert.Single(_record.Anchors).Phase);
    }

    [Fact]
    public void Issuer_IsRenewedByItself_AtTwoThirds()
    {
        Settle();
        var first = _record.Issuer;

        _now = Start.AddDays(19.9);
        Assert.Null(Next());
        _now = Start.AddDays(20.1);
        Settle();

        Assert.NotEqual(first.Certificates, _record.Issuer.Certificates);
        Assert.True(_record.Issuer.Ends > first.Ends);
        Assert.Single(_record.Anchors);
    }

    [Fact]
    public void Rotation_TakesItsPhasesInOrder_WhereNobodyAcknowledges()
    {
        Settle();
        var old = _record.Issuing.Certificate;
        Settle(request: "1");
        Assert.Equal([AnchorPhase.Issuing, AnchorPhase.Introduced], _record.Anchors.Select(anchor => anchor.Phase));
        Assert.Equal(old, _record.Issuing.Certificate);

        _now += Day;
        Settle(request: "1");
        Assert.Equal(old, _record.Issuing.Certificate);

        // Every proxy that lives has renewed since.
        _now += Rotation.Margin;
        Settle(request: "1");
        Assert.Equal([AnchorPhase.Retired, AnchorPhase.Issuing], _record.Anchors.Select(anchor => anchor.Phase));
        Assert.Null(_record.Anchors[0].Key);

        _now += Day;
        Settle(request: "1");
        Assert.Equal(2, _record.Anchors.Length);
        _now += Rotation.Margin;
        Settle(request: "1");
        Assert.NotEqual(old, Assert.Single(_record.Anchors).Certificate);
    }

    [Fact]
    public void Rotation_WaitsForNoRenewal_WhereEverybodyAcknowledges()
    {
        Settle();
        var old = _record.Issuing.Certificate;
        Settle(request: "1", trusted: true);
        Assert.Equal(old, _record.Issuing.Certificate);

        _now += Rotation.Settling;
        Settle(request: "1", trusted: true);

        Assert.NotEqual(old, _record.Issuing.Certificate);
        Assert.Equal(2, _record.Anchors.Length);
    }

    [Fact]
    public void Request_IsCarriedOutOnce()
    {
        Settle(request: "1", trusted: true);
        for (var hours = 0; hours < 72; hours++)
        {
            _now += TimeSpan.FromHours(1);
            Settle(request: "1", trusted: true);
        }
        var rotated = Assert.Single(_record.Anchors).Certificate;

        _now += Day;
        Settle(request: "1", trusted: true);
        Assert.Equal(rotated, Assert.Single(_record.Anchors).Certificate);
        Settle(request: "2", trusted: true);
        Assert.Equal(2, _record.Anchors.Length);
    }

    [Fact]
    public void LongerCertificates_KeepTheirAnchorLonger()
    {
        Settle();
        Settle(policy: _policy with { CertificateLifetime = 10 * Day });
        Settle(request: "1", trusted: true);
        _now += Rotation.Settling;
        Settle(request: "1", trusted: true);

        _now += 9.9 * Day;
        Settle(request: "1");
        Assert.Equal(2, _record.Anchors.Length);
        _now += Day;
        Settle(request: "1");
        Assert.Single(_record.Anchors);
    }

    [Theory]
    [InlineData(24, 30, 120)]
    [InlineData(720, 150, 900)]
    public void EveryCertificate_IsBelievedAsLongAsItLives_WhoeverItsPeerIs(int lifetimeInHours, int rotationInDays, int days)
    {
        var policy = _policy with { CertificateLifetime = TimeSpan.FromHours(lifetimeInHours), AnchorLifetime = 2 * rotationInDays * Day, RotateAnchorAfter = rotationInDays * Day };
        var issued = new Queue<(X509Certificate2 Certificate, X509Certificate2Collection Above, DateTimeOffset Ends, X509Certificate2Collection Trust)>();
        var anchors = new HashSet<string>();
        using var key = CertificateProfile.NewKey();

        for (; _now < Start + days * Day; _now += TimeSpan.FromHours(lifetimeInHours) / 2)
        {
            Settle(policy: policy);
            var authority = _record.Load();
            anchors.UnionWith(_record.Anchors.Select(anchor => anchor.Certificate));
            var one = authority.Issue(new PublicKey(key), Workload, "frontend-1", _now, policy.CertificateLifetime, jitter: 0);
            X509Certificate2Collection trust = [.. authority.Anchors];
            issued.Enqueue((one.Certificate, [.. one.Intermediates], one.Certificate.NotAfter.ToUniversalTime(), trust));
            while (issued.Peek().Ends <= _now) issued.Dequeue();
            // Proxies that got theirs at different times, and have heard nothing since, believe each other.
            foreach (var (certificate, above, _, _) in issued)
            {
                foreach (var peer in issued)
                {
                    Assert.Null(WorkloadCertificate.Verify(certificate, above, peer.Trust, WorkloadCertificate.ClientAuthentication, _now, out _));
                }
            }
        }

        Assert.True(anchors.Count >= 4, $"found {anchors.Count} anchors");
    }

    [Fact]
    public void BroughtIssuer_IsFollowedByTheSameSteps()
    {
        Settle();
        var brought = Bring();
        Settle(brought: brought);
        Assert.Equal([AnchorPhase.Issuing, AnchorPhase.Introduced], _record.Anchors.Select(anchor => anchor.Phase));
        Assert.NotEqual(brought.Certificates, _record.Issuer.Certificates);

        _now += Day + Rotation.Margin;
        Settle(brought: brought);

        Assert.Equal(brought.Certificates, _record.Issuer.Certificates);
        Assert.Equal(AnchorPhase.Issuing, _record.Anchors[1].Phase);
    }

    [Fact]
    public void BroughtIssuersRenewal_IsTakenAtOnce()
    {
        using var key = CertificateProfile.NewKey();
        using var anchor = CertificateProfile.Anchor(key, Start, 3650 * Day);
        var first = Bring(anchor);
        _record = AuthorityRecord.Create(first, IdentityPolicy.Default.AnchorLifetime, Start);
        var second = Bring(anchor);

        Settle(brought: second);

        Assert.Equal(second.Certificates, _record.Issuer.Certificates);
        Assert.Single(_record.Anchors);
    }

    [Fact]
    public void BroughtIssuerThatIsOver_IsNotUsed()
    {
        var brought = Bring();

        Assert.Null(brought.Check(_now));
        Assert.Contains("it ended", brought.Check(_now + 31 * Day), StringComparison.Ordinal);
        Assert.Equal("tls.crt: it does not lead to a self-signed certificate in ca.crt", (brought with { Anchors = Bring().Anchors }).Check(_now));
        Assert.NotNull((brought with { Key = Bring().Key }).Check(_now));
        Assert.NotNull((brought with { Certificates = "nonsense" }).Check(_now));
    }

    [Theory]
    [InlineData(0, "Ready", true)]
    [InlineData(22, "Ready", true)]
    [InlineData(24, "IssuerEnding", false)]
    [InlineData(31, "IssuerEnded", false)]
    public void Health_SaysInTimeThatNothingIsRenewed(int days, string reason, bool holds)
    {
        var condition = AuthorityHealth.Judge(_record, null, Start.AddDays(days));

        Assert.Equal((reason, holds), (condition.Reason, condition.Holds));
    }

    private RotationStep? Next() => Rotation.Next(_record, new(_policy, null, null, IsTrustedByAll: false), _now);

    private void Settle(string? request = null, bool trusted = false, BroughtIssuer? brought = null, IdentityPolicy? policy = null)
    {
        while (Rotation.Next(_record, new(policy ?? _policy, request, brought, trusted), _now) is { } step) _record = AuthorityRecord.Parse(step.Record.ToString());
    }

    private BroughtIssuer Bring()
    {
        using var key = CertificateProfile.NewKey();
        using var anchor = CertificateProfile.Anchor(key, _now, 3650 * Day);
        return Bring(anchor);
    }

    private BroughtIssuer Bring(X509Certificate2 anchor)
    {
        using var key = CertificateProfile.NewKey();
        using var issuer = CertificateProfile.Issuer(key, anchor, _now);
        return new(issuer.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem(), anchor.ExportCertificatePem() + "\n");
    }
}
