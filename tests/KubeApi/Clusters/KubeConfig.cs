using System.Text;

namespace Mesh.KubeApi.Clusters;

/// <summary>A kubeconfig file for one cluster and one user with a bearer token.</summary>
internal static class KubeConfig
{
    public static async Task<string> WriteAsync(string folder, Uri address, string authorityPem, string token)
    {
        var path = Path.Combine(folder, "kubeconfig");
        await File.WriteAllTextAsync(path, $$"""
            apiVersion: v1
            kind: Config
            current-context: test
            contexts:
            - name: test
              context: {cluster: test, user: admin, namespace: default}
            clusters:
            - name: test
              cluster:
                server: {{address.GetLeftPart(UriPartial.Authority)}}
                certificate-authority-data: {{Convert.ToBase64String(Encoding.ASCII.GetBytes(authorityPem))}}
            users:
            - name: admin
              user: {token: {{token}}}

            """);
        return path;
    }
}
