using Mesh.Api.Resources;

namespace Mesh.Operator.Tests.Injection;

/// <summary>The table: docs/reference/pod-shapes.md is written from it.</summary>
internal static class PodShapes
{
    private const string Plain = PodShape.Plain;

    public static IReadOnlyList<PodShape> All { get; } =
    [
        // Who asks.
        new("The namespace asks", "injected", "", Plain),
        new("The pod asks, its namespace says nothing", "injected", """annotations: {mesh.io/inject: "true"}""", Plain) { NamespaceWord = null },
        new("The pod asks, its namespace opts out", "injected", """annotations: {mesh.io/inject: "true"}""", Plain) { NamespaceWord = "false" },
        new("Nobody asks", "left alone: not asked for: neither the pod nor namespace shop has annotation mesh.io/inject", "", Plain) { NamespaceWord = null },
        new("The pod opts out", "left alone: opted out by annotation mesh.io/inject on the pod", """annotations: {mesh.io/inject: "false"}""", Plain),
        new("The namespace opts out", "left alone: opted out by annotation mesh.io/inject on the namespace shop", "", Plain) { NamespaceWord = "false" },
        new("The pod's word can't be read", "refused: annotation mesh.io/inject on the pod: found \"yes\", expected \"true\" or \"false\"", """annotations: {mesh.io/inject: "yes"}""", Plain),
        new("The namespace's word can't be read", "refused: annotation mesh.io/inject on the namespace shop: found \"enabled\", expected \"true\" or \"false\"", "", Plain) { NamespaceWord = "enabled" },

        // Where.
        new("kube-system", "left alone: namespace kube-system is Kubernetes' own", """annotations: {mesh.io/inject: "true"}""", Plain) { Namespace = "kube-system" },
        new("kube-public", "left alone: namespace kube-public is Kubernetes' own", "", Plain) { Namespace = "kube-public" },
        new("kube-node-lease", "left alone: namespace kube-node-lease is Kubernetes' own", "", Plain) { Namespace = "kube-node-lease" },
        new("The operator's namespace", "left alone: namespace mesh-system is the mesh's own", "", Plain) { Namespace = "mesh-system" },
        new("The CNI plugin's namespace", "left alone: namespace mesh-cni is the mesh's own", "", Plain) { Namespace = "mesh-cni" },
        new("Host network", "left alone! hostNetwork: the sidecar's ports would be the node's", "", $"hostNetwork: true\n{Plain}"),
        new("Host network that nobody asked for", "left alone: not asked for: neither the pod nor namespace shop has annotation mesh.io/inject", "", $"hostNetwork: true\n{Plain}") { NamespaceWord = null },
        new("Windows by spec.os", "refused: spec.os.name: found windows, expected linux, which the proxy runs on; annotation mesh.io/inject: \"false\" on the pod leaves it out of the mesh", "", $"os: {{name: windows}}\n{Plain}"),
        new("Windows by node selector", "refused: spec.nodeSelector[kubernetes.io/os]: found windows, expected linux, which the proxy runs on; annotation mesh.io/inject: \"false\" on the pod leaves it out of the mesh", "", $"nodeSelector: {{kubernetes.io/os: windows}}\n{Plain}"),
        new("Windows by node affinity", "refused: spec.affinity.nodeAffinity: kubernetes.io/os: found windows, expected linux, which the proxy runs on; annotation mesh.io/inject: \"false\" on the pod leaves it out of the mesh", "", $"affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: [{{matchExpressions: [{{key: kubernetes.io/os, operator: In, values: [windows]}}]}}]}}}}}}\n{Plain}"),
        new("Windows or Linux by node affinity", "injected", "", $"affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: [{{matchExpressions: [{{key: kubernetes.io/os, operator: In, values: [windows, linux]}}]}}]}}}}}}\n{Plain}"),
        new("Windows that opts out", "left alone: opted out by annotation mesh.io/inject on the pod", """annotations: {mesh.io/inject: "false"}""", $"os: {{name: windows}}\n{Plain}"),
        new("Linux by spec.os", "injected", "", $"os: {{name: linux}}\n{Plain}"),
        new("Mirror of a static pod", "left alone: it mirrors a static pod, which its kubelet runs from a file: nothing here would change it", "annotations: {kubernetes.io/config.mirror: 0a1b}", Plain),
        new("Bound to a node already", "injected", "", $"nodeName: worker-1\n{Plain}"),

        // Who is there already.
        new("Our sidecar as an init container", "left alone: already injected", "", $"initContainers: [{{name: mesh-proxy, image: mesh/proxy:1, restartPolicy: Always}}]\n{Plain}"),
        new("Our sidecar as a container", "left alone: already injected", "", "containers: [{name: mesh-proxy, image: mesh/proxy:1}, {name: app, image: shop/catalog:1}]"),
        new("Our sidecar, and a container that came later", "injected", "", "initContainers: [{name: mesh-init, image: mesh/proxy:1}, {name: mesh-proxy, image: mesh/proxy:1, restartPolicy: Always, env: [{name: MESH_APPLICATION_PROBES, value: '{\"/app/app/liveness\":{\"httpGet\":{\"port\":8080,\"path\":\"/$$live\"}}}'}]}]\ncontainers: [{name: app, image: shop/catalog:1, livenessProbe: {httpGet: {path: /app/app/liveness, port: 15002}}}, {name: vault-agent, image: vault:1, readinessProbe: {httpGet: {path: /ready, port: 8200}}}]"),
        new("Our sidecar, and a container that came later and isn't to be asked by way of it", "left alone: already injected", "annotations: {mesh.io/skip-inbound-ports: \"8200\"}", "initContainers: [{name: mesh-init, image: mesh/proxy:1}, {name: mesh-proxy, image: mesh/proxy:1, restartPolicy: Always, env: []}]\ncontainers: [{name: vault-agent, image: vault:1, readinessProbe: {httpGet: {path: /ready, port: 8200}}}]"),
        new("Our sidecar, and a container that came later and is of the proxy's user", "refused: container vault-agent: securityContext.runAsUser: found 2102, expected another: what the sidecar's user opens is not intercepted", "", $"initContainers: [{{name: mesh-proxy, image: mesh/proxy:1, restartPolicy: Always, securityContext: {{runAsUser: 2102}}}}]\ncontainers: [{{name: app, image: shop/catalog:1}}, {{name: vault-agent, image: vault:1, securityContext: {{runAsUser: 2102}}}}]"),
        new("Istio's sidecar", "left alone! container istio-proxy: the pod is in another mesh already (Istio)", "", "containers: [{name: app, image: shop/catalog:1}, {name: istio-proxy, image: istio/proxyv2:1}]"),
        new("Istio's native sidecar", "left alone! container istio-init: the pod is in another mesh already (Istio)", "", $"initContainers: [{{name: istio-init, image: istio/proxyv2:1}}, {{name: istio-proxy, image: istio/proxyv2:1, restartPolicy: Always}}]\n{Plain}"),
        new("Linkerd's sidecar", "left alone! container linkerd-proxy: the pod is in another mesh already (Linkerd)", "", "containers: [{name: linkerd-proxy, image: linkerd/proxy:1}, {name: app, image: shop/catalog:1}]"),
        new("Kuma's sidecar", "left alone! container kuma-sidecar: the pod is in another mesh already (Kuma)", "", "containers: [{name: kuma-sidecar, image: kuma-dp:1}, {name: app, image: shop/catalog:1}]"),
        new("Consul's sidecar", "left alone! container consul-dataplane: the pod is in another mesh already (Consul)", "", "containers: [{name: app, image: shop/catalog:1}, {name: consul-dataplane, image: consul-dataplane:1}]"),
        new("Asks for Istio's sidecar, too", "left alone! sidecar.istio.io/inject: the pod asks for another mesh's sidecar (Istio)", """labels: {sidecar.istio.io/inject: "true"}""", Plain),
        new("Asks for Linkerd's sidecar, too", "left alone! linkerd.io/inject: the pod asks for another mesh's sidecar (Linkerd)", "annotations: {linkerd.io/inject: enabled}", Plain),
        new("Opts out of Istio", "injected", """labels: {sidecar.istio.io/inject: "false"}""", Plain),
        new("Another mesh's sidecar that nobody asked ours for", "left alone: not asked for: neither the pod nor namespace shop has annotation mesh.io/inject", "", "containers: [{name: app, image: shop/catalog:1}, {name: istio-proxy, image: istio/proxyv2:1}]") { NamespaceWord = null },
        new("No containers", "left alone: it has no containers", "", "containers: []"),

        // What workloads make.
        new("Deployment's", "injected", "generateName: catalog-, labels: {pod-template-hash: abc}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: catalog-abc, uid: u}]", "containers: [{name: app, image: shop/catalog:1, ports: [{containerPort: 8080}]}]"),
        new("StatefulSet's with a volume", "injected", "labels: {apps.kubernetes.io/pod-index: \"0\"}", "containers: [{name: db, image: shop/db:1, volumeMounts: [{name: data, mountPath: /data}]}]\nvolumes: [{name: data, persistentVolumeClaim: {claimName: data-db-0}}]"),
        new("DaemonSet's", "injected", "", $"tolerations: [{{operator: Exists}}]\naffinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: [{{matchFields: [{{key: metadata.name, operator: In, values: [worker-1]}}]}}]}}}}}}\n{Plain}"),
        new("Job's", "injected", "labels: {batch.kubernetes.io/job-name: import}", $"restartPolicy: Never\n{Plain}"),
        new("CronJob's", "injected", "labels: {batch.kubernetes.io/job-name: report-1}", $"restartPolicy: OnFailure\nactiveDeadlineSeconds: 600\n{Plain}"),
        new("Several containers", "injected", "", "containers: [{name: web, image: shop/web:1, ports: [{containerPort: 8080}]}, {name: cache, image: shop/cache:1, ports: [{containerPort: 6379}]}, {name: logs, image: shop/logs:1}]"),
        new("Init containers that need the network", "injected", "", $"initContainers: [{{name: migrate, image: shop/migrate:1}}, {{name: fetch, image: shop/fetch:1}}]\n{Plain}"),
        new("A native sidecar of the application's own", "injected", "", $"initContainers: [{{name: vault, image: vault:1, restartPolicy: Always, startupProbe: {{httpGet: {{path: /ready, port: 8200}}}}}}]\n{Plain}"),
        new("No service account token", "injected", "", $"automountServiceAccountToken: false\nserviceAccountName: catalog\n{Plain}"),
        new("Shared process namespace", "injected", "", $"shareProcessNamespace: true\n{Plain}"),
        new("User namespace", "injected", "", $"hostUsers: false\n{Plain}"),
        new("Host port", "injected", "", "containers: [{name: app, image: shop/catalog:1, ports: [{containerPort: 8080, hostPort: 8080}]}]"),
        new("Resources of the pod as a whole", "injected", "", $"resources: {{requests: {{cpu: 100m}}, limits: {{cpu: 200m, memory: 128Mi}}}}\n{Plain}"),
        new("Scheduling gate", "injected", "", $"schedulingGates: [{{name: example.com/quota}}]\n{Plain}"),
        new("Restricted security context", "injected", "", "securityContext: {runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000, seccompProfile: {type: RuntimeDefault}}\ncontainers: [{name: app, image: shop/catalog:1, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]") { Interception = InterceptionMode.Cni },

        // How the kubelet asks for its health.
        new("HTTP probes", "injected", "", """
            containers:
            - name: app
              image: shop/catalog:1
              ports: [{name: http, containerPort: 8080}]
              startupProbe: {httpGet: {path: /started, port: http}, failureThreshold: 30}
              livenessProbe: {httpGet: {path: "/healthz?full=1", port: 8080, scheme: HTTPS, httpHeaders: [{name: Host, value: catalog.shop}]}, periodSeconds: 3}
              readinessProbe: {httpGet: {port: 8080}}
            """),
        new("TCP and gRPC probes", "injected", "", """
            containers:
            - name: app
              image: shop/catalog:1
              ports: [{name: redis, containerPort: 6379}]
              livenessProbe: {tcpSocket: {port: redis}, initialDelaySeconds: 5}
              readinessProbe: {grpc: {port: 9000, service: shop.Catalog}}
            """),
        new("Exec probes", "injected", "", "containers: [{name: app, image: shop/catalog:1, livenessProbe: {exec: {command: [cat, /tmp/alive]}}}]"),
        new("Hooks by HTTP", "injected", "", "containers: [{name: app, image: shop/catalog:1, lifecycle: {postStart: {httpGet: {path: /warm, port: 8080}}, preStop: {httpGet: {path: /drain, port: 8080}}}}]"),
        new("A probe of another host", "injected", "", "containers: [{name: app, image: shop/catalog:1, livenessProbe: {httpGet: {host: status.example.com, path: /, port: 80}}}]"),
        new("A probe of a port that it has not", "injected", "", "containers: [{name: app, image: shop/catalog:1, livenessProbe: {httpGet: {path: /, port: nothing}}}]"),
        new("A probe of a skipped port", "injected", "annotations: {mesh.io/skip-inbound-ports: 9000-9100}", "containers: [{name: app, image: shop/catalog:1, livenessProbe: {httpGet: {path: /, port: 9090}}, readinessProbe: {httpGet: {path: /, port: 8080}}}]"),
        new("Probes that are to be left", "injected", """annotations: {mesh.io/rewrite-probes: "false"}""", "containers: [{name: app, image: shop/catalog:1, livenessProbe: {httpGet: {path: /, port: 8080}}}]"),
        new("HTTP probes without interception", "injected", "", "containers: [{name: app, image: shop/catalog:1, ports: [{containerPort: 8080}], livenessProbe: {httpGet: {path: /, port: 8080}}}]") { Interception = InterceptionMode.None },

        // How it ends.
        new("A grace period of five minutes", "injected", "", $"terminationGracePeriodSeconds: 300\n{Plain}"),
        new("A grace period of four seconds", "injected", "", $"terminationGracePeriodSeconds: 4\n{Plain}"),
        new("A drain timeout of its own", "injected", "annotations: {mesh.io/drain-timeout: 1m30s}", $"terminationGracePeriodSeconds: 120\n{Plain}"),
        new("A drain timeout beyond its grace period", "refused: annotation mesh.io/drain-timeout on the pod: found \"1m\", expected a duration such as 1s, 250ms or 1m30s, at most the pod's terminationGracePeriodSeconds (30s)", "annotations: {mesh.io/drain-timeout: 1m}", Plain),
        new("A drain timeout that is none", "refused: annotation mesh.io/drain-timeout on the pod: found \"soon\", expected a duration such as 1s, 250ms or 1m30s, at most the pod's terminationGracePeriodSeconds (30s)", "annotations: {mesh.io/drain-timeout: soon}", Plain),

        // What it chooses.
        new("Resources and log level", "injected", "annotations: {mesh.io/proxy-cpu-request: 200m, mesh.io/proxy-cpu-limit: \"1\", mesh.io/proxy-memory-request: 64Mi, mesh.io/proxy-memory-limit: 128Mi, mesh.io/proxy-log-level: debug}", Plain),
        new("A memory limit below the mesh's request", "injected", "annotations: {mesh.io/proxy-memory-limit: 40Mi}", Plain),
        new("Too little memory", "refused: annotation mesh.io/proxy-memory-limit on the pod: found \"16Mi\", expected a quantity of memory such as 64Mi or 1Gi, from 32Mi to 64Gi", "annotations: {mesh.io/proxy-memory-limit: 16Mi}", Plain),
        new("CPU that is none", "refused: annotation mesh.io/proxy-cpu-request on the pod: found \"-1\", expected a quantity of CPU such as 100m or 0.5, from 1m to 128", "annotations: {mesh.io/proxy-cpu-request: \"-1\"}", Plain),
        new("A request above its limit", "refused: annotation mesh.io/proxy-cpu-request on the pod: found \"2\", expected at most mesh.io/proxy-cpu-limit (500m)", "annotations: {mesh.io/proxy-cpu-request: \"2\", mesh.io/proxy-cpu-limit: 500m}", Plain),
        new("A log level that is none", "refused: annotation mesh.io/proxy-log-level on the pod: found \"loud\", expected \"trace\", \"debug\", \"information\", \"warning\" or \"error\"", "annotations: {mesh.io/proxy-log-level: loud}", Plain),
        new("Another version of the mesh's image", "injected", "annotations: {mesh.io/proxy-image: \"registry.example.com/mesh/proxy:1.3.0\"}", Plain),
        new("An image of an allowed registry", "injected", $"annotations: {{mesh.io/proxy-image: \"mirror.example.com/mesh/proxy@sha256:{new string('a', 64)}\"}}", Plain),
        new("An image of another registry", "refused: annotation mesh.io/proxy-image on the pod: found \"evil.example.com/mesh/proxy:1\", expected an image of registry.example.com/mesh/proxy or one from registry.example.com:5000, mirror.example.com/mesh: MeshConfig's spec.proxy.imageRegistries allows more", "annotations: {mesh.io/proxy-image: \"evil.example.com/mesh/proxy:1\"}", Plain),
        new("An image of a registry that begins alike", "refused: annotation mesh.io/proxy-image on the pod: found \"mirror.example.com/mesh-evil/proxy:1\", expected an image of registry.example.com/mesh/proxy or one from registry.example.com:5000, mirror.example.com/mesh: MeshConfig's spec.proxy.imageRegistries allows more", "annotations: {mesh.io/proxy-image: \"mirror.example.com/mesh-evil/proxy:1\"}", Plain),
        new("An image that is none", "refused: annotation mesh.io/proxy-image on the pod: found \"registry.example.com/../proxy\", expected an image such as registry.example.com/mesh/proxy:1.2.3", "annotations: {mesh.io/proxy-image: registry.example.com/../proxy}", Plain),
        new("What is left out of interception", "injected", "annotations: {mesh.io/skip-outbound-ports: \"25,9000-9100\", mesh.io/skip-outbound-cidrs: \"10.1.0.0/16,fd01::/16\", mesh.io/skip-inbound-ports: \"9090\", mesh.io/skip-inbound-cidrs: 192.0.2.7}", Plain),
        new("A port that is none", "refused: annotation mesh.io/skip-outbound-ports on the pod: found \"https\", expected a port such as 8080 or a range such as 9000-9100, from 1 to 65535", "annotations: {mesh.io/skip-outbound-ports: \"5432,https\"}", Plain),
        new("A CIDR that is none", "refused: annotation mesh.io/skip-outbound-cidrs on the pod: found \"10.0.0.7/8\", expected an address such as 10.0.0.7 or a CIDR such as 10.0.0.0/8 or fd00::/8, without bits beyond its prefix", "annotations: {mesh.io/skip-outbound-cidrs: 10.0.0.7/8}", Plain),
        new("Opaque ports that are none", "refused: annotation mesh.io/opaque-ports on the pod: found \"0\", expected a port such as 8080 or a range such as 9000-9100, from 1 to 65535", "annotations: {mesh.io/opaque-ports: \"0\"}", Plain),
        new("Opaque ports and weight", "injected", "annotations: {mesh.io/opaque-ports: \"3306\", mesh.io/weight: \"50\"}", Plain),
        new("A weight that is none", "refused: annotation mesh.io/weight on the pod: found \"5000\", expected a whole number from 1 to 1000", "annotations: {mesh.io/weight: \"5000\"}", Plain),
        new("Two annotations that can't be read", "refused: annotation mesh.io/weight on the pod: found \"-1\", expected a whole number from 1 to 1000; annotation mesh.io/rewrite-probes on the pod: found \"no\", expected \"true\" or \"false\"", "annotations: {mesh.io/weight: \"-1\", mesh.io/rewrite-probes: \"no\"}", Plain),
        new("An annotation that nobody knows", "injected! annotation mesh.io/proxy-uid on the pod has no effect; known are mesh.io/drain-timeout, mesh.io/inbound-ports, mesh.io/inject, mesh.io/mtls, mesh.io/mtls-ports, mesh.io/opaque-ports, mesh.io/proxy-cpu-limit, mesh.io/proxy-cpu-request, mesh.io/proxy-image, mesh.io/proxy-log-level, mesh.io/proxy-memory-limit, mesh.io/proxy-memory-request, mesh.io/rewrite-probes, mesh.io/skip-inbound-cidrs, mesh.io/skip-inbound-ports, mesh.io/skip-outbound-cidrs, mesh.io/skip-outbound-ports, mesh.io/weight", "annotations: {mesh.io/proxy-uid: \"0\"}", Plain),
        new("What only the webhook writes", "refused: annotation mesh.io/inbound-ports on the pod: found \"80=9\", expected none: the mesh writes it where its sidecar stands", "annotations: {mesh.io/inbound-ports: 80=9}", Plain),

        // What can't be beside the sidecar.
        new("The proxy's user for the pod", "refused: container app: securityContext.runAsUser: found 2102, expected another: what the sidecar's user opens is not intercepted", "", $"securityContext: {{runAsUser: 2102}}\n{Plain}"),
        new("The proxy's user for an init container", "refused: container setup: securityContext.runAsUser: found 2102, expected another: what the sidecar's user opens is not intercepted", "", $"initContainers: [{{name: setup, image: shop/setup:1, securityContext: {{runAsUser: 2102}}}}]\n{Plain}"),
        new("The proxy's user for the pod, another for each container", "injected", "", "securityContext: {runAsUser: 2102}\ncontainers: [{name: app, image: shop/catalog:1, securityContext: {runAsUser: 1000}}]"),
        new("A port of the sidecar's", "refused: container app: ports: found 15006, expected another: the sidecar listens on 15000, 15001, 15002, 15006", "", "containers: [{name: app, image: shop/catalog:1, ports: [{containerPort: 15006}]}]"),
        new("A port of the sidecar's, but UDP", "injected", "", "containers: [{name: app, image: shop/catalog:1, ports: [{containerPort: 15006, protocol: UDP}]}]"),
        new("A container named as the mesh's", "refused: container mesh-init: expected another name, since this one is the mesh's own", "", $"initContainers: [{{name: mesh-init, image: shop/setup:1}}]\n{Plain}"),

        new("A volume named as the mesh's", "refused: volume mesh-identity-token: expected another name, since this one is the mesh's own", "", $"volumes: [{{name: mesh-identity-token, emptyDir: {{}}}}]\n{Plain}") { HasIdentity = true },

        // Other clusters.
        new("Identities", "injected", "", $"volumes: [{{name: data, emptyDir: {{}}}}]\n{Plain}") { HasIdentity = true },
        new("Identities on Kubernetes 1.28", "injected", "", Plain) { HasIdentity = true, NativeSidecars = false },
        new("CNI plugin", "injected", "", Plain) { Interception = InterceptionMode.Cni },
        new("No interception", "injected", "", "containers: [{name: app, image: shop/catalog:1, ports: [{containerPort: 8080}]}]") { Interception = InterceptionMode.None },
        new("Kubernetes 1.28", "injected", "", $"restartPolicy: Always\ninitContainers: [{{name: migrate, image: shop/migrate:1}}]\n{Plain}") { NativeSidecars = false },
        new("Kubernetes 1.28 with probes and its own default container", "injected", "annotations: {kubectl.kubernetes.io/default-container: app}", "containers: [{name: app, image: shop/catalog:1, livenessProbe: {httpGet: {path: /, port: 8080}}}]") { NativeSidecars = false },
        new("Kubernetes 1.28 with the CNI plugin and init containers", "injected! init containers migrate: their TCP connections fail, since the sidecar starts after them: on clusters before Kubernetes 1.29 use interception Init, or skip what they connect to", "", $"initContainers: [{{name: migrate, image: shop/migrate:1}}]\n{Plain}") { NativeSidecars = false, Interception = InterceptionMode.Cni },
        new("Kubernetes 1.28, a Job's", "left alone! restartPolicy Never: the pod is to end with its work, which takes a native sidecar, and so Kubernetes 1.29 or later", "", $"restartPolicy: Never\n{Plain}") { NativeSidecars = false },
    ];
}
