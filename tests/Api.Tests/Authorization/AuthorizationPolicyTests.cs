using Mesh.Api.Authorization;
using Mesh.Api.Resources;

namespace Mesh.Api.Tests.Authorization;

/// <summary>Policies as users write them, and what is said of those that make no sense.</summary>
public sealed class AuthorizationPolicyTests
{
    [Fact]
    public void PolicyWithEveryField_IsRead()
    {
        var file = ManifestReader.Read("p.yaml", Repository.Read("config", "samples", "authorizationpolicy-full.yaml"));

        Assert.Empty(file.Errors);
        Assert.IsType<AuthorizationPolicy>(Assert.Single(file.Objects));
    }

    [Theory]
    [InlineData("targetRefs: [{name: a}]\n  podSelector: {matchLabels: {app: a}}", "spec: found targetRefs and podSelector, expected one of the two")]
    [InlineData("targetRefs: [{name: a}, {name: a}]", "spec.targetRefs[1]: found Service a a second time, expected each target only once")]
    [InlineData("rules: [{form: []}]", "spec.rules[0].form: found an unknown field, expected one of from, name, to, when")]
    [InlineData("rules: [{from: [{namespaces: [a], serviceAcounts: [a/b]}]}]", "spec.rules[0].from[0].serviceAcounts: found an unknown field, expected one of cidrs, identities, namespaces, serviceAccounts, unauthenticated")]
    [InlineData("rules: [{from: [{}]}]", "spec.rules[0].from[0]: found 0 fields, expected at least 1 fields")]
    [InlineData("rules: [{from: [{cidrs: [10.0.0.7/8]}]}]", "spec.rules[0].from[0].cidrs[0]: found 10.0.0.7/8, expected an address such as")]
    [InlineData("rules: [{from: [{unauthenticated: true, namespaces: [a]}]}]", "spec.rules[0].from[0]: found unauthenticated beside an identity")]
    [InlineData("rules: [{from: [{identities: [frontend]}]}]", "spec.rules[0].from[0].identities[0]: found frontend, expected spiffe://")]
    [InlineData("rules: [{to: [{paths: [{exact: /a/../b}]}]}]", "spec.rules[0].to[0].paths[0].exact: found /a/../b, expected a path that a request may have")]
    [InlineData("rules: [{to: [{paths: [{prefix: //a}]}]}]", "spec.rules[0].to[0].paths[0].prefix: found //a")]
    [InlineData("rules: [{to: [{paths: [{template: '/a/{**}/b'}]}]}]", "spec.rules[0].to[0].paths[0].template: found /a/{**}/b, expected segments")]
    [InlineData("rules: [{to: [{paths: [{template: '/a{x}'}]}]}]", "spec.rules[0].to[0].paths[0].template: found /a{x}")]
    [InlineData("rules: [{when: [{header: mesh-client-id}]}]", "spec.rules[0].when[0].header: found mesh-client-id, expected a header that comes through")]
    [InlineData("rules: [{when: [{header: a, claim: b}]}]", "spec.rules[0].when[0]: found header and claim, expected exactly one")]
    [InlineData("rules: [{name: a}, {name: a}]", "spec.rules[1].name: found a a second time")]
    [InlineData("jwt: [{issuer: a}]", "spec.jwt[0]: found neither jwks nor jwksUri")]
    [InlineData("jwt: [{issuer: a, jwksUri: 'http://a/keys'}]", "spec.jwt[0].jwksUri: found \"http://a/keys\", expected text that matches")]
    [InlineData("jwt: [{issuer: a, jwks: '{}'}]", "spec.jwt[0].jwks: found no list of keys")]
    [InlineData("jwt: [{issuer: a, jwks: '{\"keys\":[{\"kty\":\"EC\",\"d\":\"x\"}]}'}]", "spec.jwt[0].jwks: found a private key (d)")]
    public void PolicyThatMakesNoSense_IsRefusedWithItsReason(string spec, string expected)
    {
        var file = ManifestReader.Read("p.yaml", $"apiVersion: mesh.io/v1alpha1\nkind: AuthorizationPolicy\nmetadata: {{name: p, namespace: shop}}\nspec:\n  {spec}\n");

        Assert.Contains(file.Errors, error => error.Message.StartsWith(expected, StringComparison.Ordinal));
        Assert.Empty(file.Objects);
    }

    [Theory]
    [InlineData("podSelector: {matchLabels: {app: a}}\n  rules: [{form: []}]", true)]
    [InlineData("podSelector: {matchLables: {app: a}}", false)]
    [InlineData("podSelecter: {matchLabels: {app: a}}", false)]
    public void OfAPolicyThatIsRefused_TargetsAreKeptWhereTheyCanBeRead(string spec, bool isKept)
    {
        var file = ManifestReader.Read("p.yaml", $"apiVersion: mesh.io/v1alpha1\nkind: AuthorizationPolicy\nmetadata: {{name: p, namespace: shop}}\nspec:\n  {spec}\n");
        var unreadable = Assert.Single(file.Unreadable);

        Assert.Equal(("shop", "p"), (unreadable.Metadata.NamespaceProperty, unreadable.Metadata.Name));
        Assert.Equal(isKept, unreadable.Spec.PodSelector?.MatchLabels.ContainsKey("app") is true);
        var elsewhere = new WorkloadFacts("shop", "b", new() { Metadata = new() { Labels = new Dictionary<string, string> { ["app"] = "b" } } }, _ => null, _ => []);
        Assert.Equal(!isKept, AuthorizationCompiler.Applies(unreadable, elsewhere));
    }
}
