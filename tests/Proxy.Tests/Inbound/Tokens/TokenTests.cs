using Mesh.Api.Discovery;
using Mesh.Proxy.Tests.Inbound.Access;

namespace Mesh.Proxy.Tests.Inbound.Tokens;

/// <summary>Tokens in requests over real sockets.</summary>
public sealed class TokenTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly TestIssuer _issuer = new();
    private readonly PlayedWorkload _workload = new(MtlsMode.Permissive);
    private TestApplication? _application;
    private TestProxy? _proxy;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _application = await TestApplication.StartAsync(context => context.Response.WriteAsync($"token={context.Request.Headers.Authorization}{context.Request.Headers["x-token"]}"));
        _proxy = await TestProxy.StartAsync(application: _application.Address, workload: _workload);
        Policies(issuer => issuer.Jwks = _issuer.Jwks);
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy!.DisposeAsync();
        await _application!.DisposeAsync();
    }

    [Fact]
    public async Task Claims_DecideAndTheTokenIsTakenOff()
    {
        Assert.Equal("200 token=", await SendAsync($"Bearer {_issuer.Sign(Now)}"));
        Assert.Equal("403 mesh/forbidden", await SendAsync(null));
        Assert.Equal("403 mesh/forbidden", await SendAsync($"Bearer {_issuer.Sign(Now, token => token.Claims = new Dictionary<string, object> { ["roles"] = "user" })}"));
    }

    [Fact]
    public async Task Token_IsForwardedWhereThePolicySaysSo()
    {
        Policies(issuer => (issuer.Jwks, issuer.Forward) = (_issuer.Jwks, true));
        var token = $"Bearer {_issuer.Sign(Now)}";

        Assert.Equal($"200 token={token}", await SendAsync(token));
    }

    [Fact]
    public async Task TokenThatIsNotValid_IsRefused()
    {
        foreach (var (name, token) in new (string, string)[]
        {
            ("expired", _issuer.Sign(Now, token => (token.NotBefore, token.Expires) = (Now.AddHours(-2).UtcDateTime, Now.AddMinutes(-5).UtcDateTime))),
            ("not yet valid", _issuer.Sign(Now, token => token.NotBefore = Now.AddMinutes(4).UtcDateTime)),
            ("without an end", _issuer.Sign(Now, token => token.Expires = null)),
            ("another audience", _issuer.Sign(Now, token => token.Audience = "catalog")),
            ("another key", new TestIssuer().Sign(Now)),
            ("another key's name", new TestIssuer("two").Sign(Now)),
            ("the public key as a secret", _issuer.SignWithThePublicKey(Now)),
            ("no signature", _issuer.Sign(Now, token => token.SigningCredentials = null)),
            ("a signature cut off", _issuer.Sign(Now)[..^10]),
            ("other claims", Tampered(_issuer.Sign(Now))),
        })
        {
            var answer = await SendAsync($"Bearer {token}");
            Assert.True(answer == "401 mesh/invalid-token", $"{name}: {answer}");
        }
    }

    [Fact]
    public async Task TokenOfAnotherIssuer_ProvesNothingAndIsLeftAlone()
    {
        Assert.Equal("403 mesh/forbidden", await SendAsync($"Bearer {_issuer.Sign(Now, token => token.Issuer = "https://elsewhere.example")}"));
        Assert.Equal("403 mesh/forbidden", await SendAsync("Bearer none"));
        Assert.Equal("403 mesh/forbidden", await SendAsync("Basic dTpw"));

        _workload.Set(Update([], issuer => issuer.Jwks = _issuer.Jwks));
        Assert.Equal("200 token=Basic dTpw", await SendAsync("Basic dTpw"));
    }

    [Fact]
    public async Task EveryTokenOfARequest_HasToBeValid()
    {
        Policies(issuer => (issuer.Jwks, issuer.Header) = (_issuer.Jwks, "x-token"));
        using var client = await RawClient.ConnectAsync(_proxy!.Inbound);
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: a\r\nx-token: {_issuer.Sign(Now)}\r\nx-token: {new TestIssuer().Sign(Now)}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 401 ", await client.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task IssuerWhoseKeysCantBeHad_FailsClosed()
    {
        Policies(issuer => issuer.JwksUri = "https://127.0.0.1:1/keys");

        Assert.Equal("503 mesh/keys-unavailable", await SendAsync($"Bearer {_issuer.Sign(Now)}"));
        Assert.Equal("403 mesh/forbidden", await SendAsync(null));
    }

    [Fact]
    public async Task NegatedClaim_HoldsForWhoHasNoToken()
    {
        var rule = new AuthorizationRule { Name = "no-admin", When = { new AuthorizationCondition { Claim = "roles", Values = { "admin" }, Negated = true } } };
        _workload.Set(Update([AccessRules.Deny(rule)], issuer => issuer.Jwks = _issuer.Jwks));

        Assert.Equal("403 mesh/forbidden", await SendAsync(null));
        Assert.Equal("200 token=", await SendAsync($"Bearer {_issuer.Sign(Now)}"));
    }

    private static string Tampered(string token)
    {
        var parts = token.Split('.');
        var claims = System.Text.Encoding.UTF8.GetString(Microsoft.IdentityModel.Tokens.Base64UrlEncoder.DecodeBytes(parts[1])).Replace("somebody", "someone", StringComparison.Ordinal);
        return $"{parts[0]}.{Microsoft.IdentityModel.Tokens.Base64UrlEncoder.Encode(claims)}.{parts[2]}";
    }

    private void Policies(Action<JwtIssuer> issuer)
    {
        var rule = new AuthorizationRule { Name = "admins", When = { new AuthorizationCondition { Claim = "roles", Values = { "admin" } } } };
        _workload.Set(Update([AccessRules.Allow(rule)], issuer));
    }

    private WorkloadUpdate Update(IEnumerable<AuthorizationRules> policies, Action<JwtIssuer> change)
    {
        var issuer = new JwtIssuer { Issuer = TestIssuer.Name, Audiences = { TestIssuer.Audience }, Header = "authorization" };
        change(issuer);
        return new() { Version = _workload.Current.Version + 1, Authorization = new() { Default = DefaultAuthorization.Everyone, Policies = { policies }, Issuers = { issuer } } };
    }

    private async Task<string> SendAsync(string? authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        if (authorization is not null) request.Headers.TryAddWithoutValidation("authorization", authorization);
        using var client = TestProxy.NewClient(_proxy!.Inbound);
        using var answer = await client.SendAsync(request, Cancellation);
        var error = answer.Headers.TryGetValues("mesh-error", out var codes) ? codes.Single() : await answer.Content.ReadAsStringAsync(Cancellation);
        return $"{(int)answer.StatusCode} {error}";
    }
}
