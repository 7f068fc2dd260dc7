using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Mesh.KubeApi.Authorization;
using Mesh.KubeApi.Errors;
using Mesh.KubeApi.Resources;
using Mesh.KubeApi.Serving;
using Mesh.KubeApi.Storage;

namespace Mesh.KubeApi.Tokens;

/// <summary>
/// Service accounts' tokens: made (<c>serviceaccounts/token</c>), and verified (TokenReview) as kube-apiserver does: by signature,
/// time and audience, and by whether the account and the pod that a token is bound to are still the same objects.
/// </summary>
internal sealed class TokenEndpoint(Store store, TimeProvider time)
{
    private const string DefaultAudience = "https://kubernetes.default.svc";
    private const long DefaultSeconds = 3600;
    private const long FewestSeconds = 600;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <returns>False where the path is another's.</returns>
    public async Task<bool> TryServeAsync(HttpContext http)
    {
        if (!HttpMethods.IsPost(http.Request.Method)) return false;
        switch (http.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            case ["api", "v1", "namespaces", var space, "serviceaccounts", var account, "token"]:
                await ResponseBody.WriteAsync(http, Create(space, account, await RequestBody.ReadObjectAsync(http)), StatusCodes.Status201Created);
                return true;
            case ["apis", "authentication.k8s.io", "v1", "tokenreviews"]:
                await ResponseBody.WriteAsync(http, Review(await RequestBody.ReadObjectAsync(http)), StatusCodes.Status201Created);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Whose requests a token's bearer makes; null where it is none that opens this API.</summary>
    public User? Authenticate(string token) => Verify(token, [DefaultAudience], out var claims) is null ? new(UserInfo(claims!)) : null;

    private JsonObject Create(string space, string name, JsonObject request)
    {
        var account = Find("serviceaccounts", space, name) ?? throw ApiException.BadRequest($"serviceaccounts \"{name}\" not found");
        var seconds = request["spec"]?["expirationSeconds"]?.GetValue<long>() ?? DefaultSeconds;
        if (seconds < FewestSeconds) throw ApiException.BadRequest("spec.expirationSeconds: may not specify a duration less than 10 minutes");
        var kubernetes = new JsonObject { ["namespace"] = space, ["serviceaccount"] = Reference(account) };
        if (request["spec"]?["boundObjectRef"] is JsonObject bound) kubernetes["pod"] = Reference(Bound(space, name, bound));
        var now = time.GetUtcNow();
        var audiences = Texts(request["spec"]?["audiences"]) is { Count: > 0 } asked ? asked : [DefaultAudience];
        request["status"] = new JsonObject
        {
            ["token"] = Sign(new JsonObject
            {
                ["aud"] = new JsonArray([.. audiences]),
                ["exp"] = now.ToUnixTimeSeconds() + seconds,
                ["iat"] = now.ToUnixTimeSeconds(),
                ["iss"] = DefaultAudience,
                ["kubernetes.io"] = kubernetes,
                ["sub"] = $"system:serviceaccount:{space}:{name}",
            }),
            ["expirationTimestamp"] = KubeObject.Timestamp(now.AddSeconds(seconds)),
        };
        return request;
    }

    private JsonObject Bound(string space, string account, JsonObject bound)
    {
        if (bound.Text("kind") is not "Pod") throw ApiException.BadRequest("spec.boundObjectRef.kind: only Pod is served here");
        var pod = Find("pods", space, bound.Text("name") ?? "") ?? throw ApiException.BadRequest($"pods \"{bound.Text("name")}\" not found");
        if ((pod["spec"].Text("serviceAccountName") ?? "default") != account)
        {
            throw ApiException.BadRequest($"cannot bind token for serviceaccount \"{account}\" to pod running with different serviceaccount name.");
        }
        return bound.Text("uid") is { } uid && uid != pod["metadata"].Text("uid") ? throw ApiException.BadRequest("the UID in the bound object reference does not match") : pod;
    }

    private JsonObject Review(JsonObject review)
    {
        var asked = Texts(review["spec"]?["audiences"]);
        var error = Verify(review["spec"].Text("token") ?? "", asked.Count > 0 ? asked : [DefaultAudience], out var claims);
        review["status"] = error is not null ? new JsonObject { ["user"] = new JsonObject(), ["error"] = error } : new JsonObject
        {
            ["authenticated"] = true,
            ["user"] = UserInfo(claims!),
            ["audiences"] = new JsonArray([.. Texts(claims!["aud"]).Intersect(asked.Count > 0 ? asked : [DefaultAudience])]),
        };
        return review;
    }

    private string? Verify(string token, List<string> audiences, out JsonObject? claims)
    {
        claims = null;
        if (token.Split('.') is not [var head, var body, var signature] || Mac($"{head}.{body}") != signature) return "invalid bearer token";
        claims = (JsonObject)JsonNode.Parse(Base64Url.DecodeFromChars(body))!;
        if (claims["exp"]!.GetValue<long>() < time.GetUtcNow().ToUnixTimeSeconds()) return "[invalid bearer token, service account token has expired]";
        if (!Texts(claims["aud"]).Intersect(audiences).Any()) return $"[invalid bearer token, token audiences do not include any of {string.Join(", ", audiences)}]";
        var kubernetes = claims["kubernetes.io"]!;
        var space = kubernetes.Text("namespace")!;
        if (!Exists("serviceaccounts", space, kubernetes["serviceaccount"])) return "[invalid bearer token, service account has been deleted]";
        return kubernetes["pod"] is null || Exists("pods", space, kubernetes["pod"]) ? null : "[invalid bearer token, pod has been deleted]";
    }

    private static JsonObject UserInfo(JsonObject claims)
    {
        var kubernetes = claims["kubernetes.io"]!;
        var extra = new JsonObject();
        if (kubernetes["pod"] is { } pod)
        {
            extra["authentication.kubernetes.io/pod-name"] = new JsonArray(pod.Text("name"));
            extra["authentication.kubernetes.io/pod-uid"] = new JsonArray(pod.Text("uid"));
        }
        return new()
        {
            ["username"] = claims.Text("sub"),
            ["uid"] = kubernetes["serviceaccount"].Text("uid"),
            ["groups"] = new JsonArray("system:serviceaccounts", $"system:serviceaccounts:{kubernetes.Text("namespace")}", "system:authenticated"),
            ["extra"] = extra,
        };
    }

    private string Sign(JsonObject claims)
    {
        var signed = $"{Encode("""{"alg":"HS256"}""")}.{Encode(claims.ToJsonString())}";
        return $"{signed}.{Mac(signed)}";
    }

    private string Mac(string text) => Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(text)));

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private JsonObject? Find(string plural, string space, string name) => store.Current.Find(new($"/{plural}", space, name));

    private bool Exists(string plural, string space, JsonNode? reference) =>
        Find(plural, space, reference.Text("name") ?? "")?["metadata"].Text("uid") is { } uid && uid == reference.Text("uid");

    private static JsonObject Reference(JsonObject value) => new() { ["name"] = value.Name(), ["uid"] = value["metadata"].Text("uid") };

    private static List<string> Texts(JsonNode? list) => list.Deserialize<List<string>>() ?? [];
}
