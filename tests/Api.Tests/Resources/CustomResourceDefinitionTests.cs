using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using Mesh.Api.Resources;

namespace Mesh.Api.Tests.Resources;

/// <summary>The CRDs' YAML and the C# types say the same, in both directions.</summary>
public sealed class CustomResourceDefinitionTests
{
    public static TheoryData<string, Type> Kinds => new()
    {
        { "trafficpolicies.mesh.io", typeof(TrafficPolicy) },
        { "authorizationpolicies.mesh.io", typeof(AuthorizationPolicy) },
        { "meshconfigs.mesh.io", typeof(MeshConfig) },
    };

    [Theory, MemberData(nameof(Kinds))]
    public void Definition_NamesTheKindAsTheTypeDoes(string name, Type type)
    {
        var definition = Definition(name);
        var entity = type.GetCustomAttribute<KubernetesEntityAttribute>()!;

        Assert.Equal(entity.Group, definition.Spec.Group);
        Assert.Equal(entity.Kind, definition.Spec.Names.Kind);
        Assert.Equal(entity.PluralName, definition.Spec.Names.Plural);
        Assert.Equal(entity.ApiVersion, Assert.Single(definition.Spec.Versions).Name);
        Assert.Equal(["mesh"], definition.Spec.Names.Categories);
        Assert.NotNull(definition.Spec.Versions[0].Subresources.Status);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void SchemaAndType_HaveTheSameFields(string name, Type type) => AssertSame(Schemas.Of(Definition(name)), type, name);

    [Theory, MemberData(nameof(Kinds))]
    public void EveryField_HasADescription(string name, Type _)
    {
        foreach (var (path, schema) in Schemas.Of(Definition(name)).Properties())
        {
            if (path != "metadata") Assert.False(string.IsNullOrWhiteSpace(schema.Description), $"{name}: {path} has no description.");
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void EveryTextAndList_IsBounded(string name, Type _)
    {
        // Without bounds an API server assumes the worst when it estimates what a CEL rule costs, and refuses the CRD.
        foreach (var (path, schema) in Schemas.Of(Definition(name)).Properties().Where(p => p.Path.Contains('.', StringComparison.Ordinal)))
        {
            if (schema.Type == "string" && schema.EnumProperty is null && schema.Format is null) Assert.True(schema.MaxLength > 0, $"{name}: {path} has no maxLength.");
            if (schema.Type == "array") Assert.True(schema.MaxItems > 0 && schema.XKubernetesListType is not null, $"{name}: {path} has no maxItems or no list type.");
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void EveryRule_SaysWhatItWants(string name, Type _)
    {
        foreach (var (path, schema) in Schemas.Of(Definition(name)).Properties())
        {
            foreach (var rule in schema.XKubernetesValidations ?? [])
            {
                Assert.False(string.IsNullOrEmpty(rule.Message), $"{name}: a rule of {path} has no message.");
                Assert.StartsWith("FieldValue", rule.Reason, StringComparison.Ordinal);
            }
        }
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Durations_ShareOnePatternAndOneRange(string name, Type _)
    {
        // Traffic's: certificates live longer than requests take.
        var durations = Schemas.Of(Definition(name)).Properties()
            .Where(p => p.Schema.Pattern == MeshDuration.Pattern && !p.Path.StartsWith("spec.identity.", StringComparison.Ordinal)).ToArray();

        if (name != "authorizationpolicies.mesh.io") Assert.NotEmpty(durations);
        Assert.Equal(durations.Length, Schemas.Of(Definition(name)).Properties().Count(p => p.Schema.Description?.Contains("From 1ms to 1h.", StringComparison.Ordinal) is true));
        Assert.All(durations, d => Assert.Contains("duration('1ms')", Assert.Single(d.Schema.XKubernetesValidations).Rule, StringComparison.Ordinal));
    }

    [Fact]
    public void MeshConfigsDefaults_AreTheFieldsOfATrafficPolicy()
    {
        var defaults = Schemas.Of(CustomResourceDefinitions.MeshConfig).At("spec.defaults");
        var policy = Schemas.Of(CustomResourceDefinitions.TrafficPolicy).At("spec");
        policy = KubernetesJson.Deserialize<V1JSONSchemaProps>(KubernetesJson.Serialize(policy));
        policy.Properties.Remove("targetRefs");
        policy.Properties.Remove("mode");

        Assert.Equal(KubernetesJson.Serialize(policy.Properties), KubernetesJson.Serialize(defaults.Properties));
    }

    [Fact]
    public void AuthorizationPolicy_KeepsWhatTheServerDoesNotKnow_AndReadingRefusesIt()
    {
        var kept = Schemas.Of(CustomResourceDefinitions.AuthorizationPolicy).At("spec");
        var reading = CustomResourceDefinitions.ReadingSchema(CustomResourceDefinitions.AuthorizationPolicy);
        var objects = kept.Properties("spec").Where(p => p.Schema.Type == "object" && p.Schema.AdditionalProperties is null).ToList();

        Assert.True(kept.XKubernetesPreserveUnknownFields);
        Assert.All(objects, field => Assert.True(field.Schema.XKubernetesPreserveUnknownFields is true, field.Path));
        Assert.DoesNotContain("x-kubernetes-preserve-unknown-fields", KubernetesJson.Serialize(reading), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("spec.timeouts.request", "none")]
    [InlineData("spec.timeouts.attempt", "none")]
    [InlineData("spec.timeouts.connect", "1s")]
    [InlineData("spec.retries.attempts", "2")]
    [InlineData("spec.retries.on", "ConnectFailure, RefusedStream")]
    [InlineData("spec.retries.methods", "GET, HEAD, OPTIONS, TRACE, PUT, DELETE")]
    [InlineData("spec.retries.backoff.base", "25ms")]
    [InlineData("spec.retries.backoff.max", "250ms")]
    [InlineData("spec.retries.budget.percent", "20")]
    [InlineData("spec.retries.budget.minPerSecond", "10")]
    [InlineData("spec.mode", "Enforce")]
    [InlineData("spec.timeouts.idle", "none")]
    [InlineData("spec.hedging", "no hedging")]
    [InlineData("spec.circuitBreaker.failures.statusCodes", "5xx")]
    [InlineData("spec.circuitBreaker.failures.grpcCodes", "UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE, DATA_LOSS")]
    [InlineData("spec.circuitBreaker.endpoint.consecutiveFailures", "0")]
    [InlineData("spec.circuitBreaker.endpoint.failurePercent", "0")]
    [InlineData("spec.circuitBreaker.endpoint.slowCallDuration", "1s")]
    [InlineData("spec.circuitBreaker.endpoint.minRequests", "20")]
    [InlineData("spec.circuitBreaker.endpoint.window", "10s")]
    [InlineData("spec.circuitBreaker.endpoint.openFor", "10s")]
    [InlineData("spec.circuitBreaker.endpoint.openForMax", "5m")]
    [InlineData("spec.circuitBreaker.endpoint.maxEjectedPercent", "50")]
    [InlineData("spec.circuitBreaker.endpoint.panicPercent", "0")]
    [InlineData("spec.circuitBreaker.destination.slowCallPercent", "0")]
    [InlineData("spec.concurrency.maxRequests", "0")]
    [InlineData("spec.concurrency.queue.length", "0")]
    [InlineData("spec.concurrency.queue.timeout", "1s")]
    [InlineData("spec.concurrency.adaptive.minLimit", "4")]
    [InlineData("spec.concurrency.adaptive.maxLimit", "1000")]
    [InlineData("spec.rateLimit.total.per", "1s")]
    [InlineData("spec.faults.[].percent", "100")]
    [InlineData("spec.loadBalancer.zone", "Hints")]
    [InlineData("spec.loadBalancer.slowStart", "none")]
    [InlineData("spec.loadBalancer.algorithm", "PeakEwma")]
    public void Default_IsDescribedAndNotMaterialised(string path, string expected)
    {
        var schema = Schemas.Of(CustomResourceDefinitions.TrafficPolicy).At(path);

        Assert.Matches($@"Default: {Regex.Escape(expected)}[.,]", schema.Description);
        Assert.Null(schema.DefaultProperty);
    }

    [Fact]
    public void Bounds_AreDescribed()
    {
        var numbers = Schemas.Of(CustomResourceDefinitions.TrafficPolicy).At("spec").Properties().Where(p => p.Schema.Type is "integer" or "number").ToList();

        Assert.NotEmpty(numbers);
        Assert.All(numbers, p => Assert.Contains($"From {p.Schema.Minimum} to {p.Schema.Maximum}.", p.Schema.Description, StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void NoFieldButOn_IsABooleanToYaml11(string name, Type _)
    {
        string[] booleans = ["y", "n", "yes", "no", "on", "off", "false"];
        var fields = Schemas.Of(Definition(name)).Properties().Select(p => p.Path).Where(p => booleans.Contains(p.Split('.')[^1]));

        // docs/decisions/retries-on.md
        Assert.All(fields, path => Assert.EndsWith("retries.on", path, StringComparison.Ordinal));
        if (name == "authorizationpolicies.mesh.io") return;
        var retries = name == "meshconfigs.mesh.io" ? "spec.defaults.retries" : "spec.retries";
        var schema = Schemas.Of(Definition(name)).At(retries);
        Assert.Equal(schema.Properties["on"].Item()!.EnumProperty.Select(v => v.ToString()), schema.Properties["true"].Item()!.EnumProperty.Select(v => v.ToString()));
    }

    private static V1CustomResourceDefinition Definition(string name) => CustomResourceDefinitions.All.Single(d => d.Metadata.Name == name);

    private static void AssertSame(V1JSONSchemaProps schema, Type type, string path)
    {
        var properties = type.GetProperties().ToDictionary(p => p.GetCustomAttribute<JsonPropertyNameAttribute>()!.Name, p => p.PropertyType);
        // The kinds share a status; what a TrafficPolicy would do is reported by proxies, of the others nothing is.
        if (path is "meshconfigs.mesh.io.status" or "authorizationpolicies.mesh.io.status") properties.Remove("shadow");
        Assert.True(properties.Keys.ToHashSet().SetEquals(schema.Properties.Keys),
            $"{path}: the type has {string.Join(", ", properties.Keys.Order())}, the schema {string.Join(", ", schema.Properties.Keys.Order())}.");
        foreach (var (name, property) in schema.Properties) AssertFits(property, properties[name], $"{path}.{name}");
    }

    private static void AssertFits(V1JSONSchemaProps schema, Type declared, string path)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (type.IsEnum)
        {
            var names = Enum.GetValues(type).Cast<object>().Select(v => JsonSerializer.Serialize(v, type).Trim('"')).Order();
            Assert.Equal(names, schema.EnumProperty.Select(v => v.ToString()).Order());
        }
        else if (type == typeof(StatusCodeRange)) Assert.True(schema.XKubernetesIntOrString);
        else if (type == typeof(IReadOnlyDictionary<string, string>)) Assert.Equal("object", schema.Type);
        else if (type.IsGenericType)
        {
            Assert.Equal("array", schema.Type);
            AssertFits(schema.Item()!, type.GetGenericArguments()[0], $"{path}[]");
        }
        else if (type.Namespace?.StartsWith("System", StringComparison.Ordinal) is true || type == typeof(MeshDuration))
        {
            Assert.Equal(Scalar(type), $"{schema.Type} {schema.Format}".TrimEnd());
            Assert.Equal(type == typeof(MeshDuration), schema.Pattern == MeshDuration.Pattern);
        }
        else
        {
            Assert.Equal("object", schema.Type);
            if (type != typeof(V1ObjectMeta)) AssertSame(schema, type, path);
        }
    }

    private static string Scalar(Type type) =>
        type == typeof(int) ? "integer int32"
        : type == typeof(long) ? "integer int64"
        : type == typeof(double) ? "number"
        : type == typeof(bool) ? "boolean"
        : type == typeof(DateTime) ? "string date-time"
        : type == typeof(string) || type == typeof(MeshDuration) ? "string"
        : throw new ArgumentOutOfRangeException(nameof(type), type, "No schema type is known for it.");
}
