{{/* Labels of every object. Those of pods are mesh.podLabels only, so that a new chart version alone restarts nothing. */}}
{{- define "mesh.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: mesh
{{- end }}

{{- define "mesh.podLabels" -}}
app.kubernetes.io/name: mesh-operator
app.kubernetes.io/part-of: mesh
{{- end }}


{{/* An image by its repository: (list . "mesh/operator") */}}
{{- define "mesh.image" -}}
{{- $root := index . 0 -}}
{{- with $root.Values.image.registry }}{{ trimSuffix "/" . }}/{{ end }}{{ index . 1 }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}
{{- end }}

{{/* Namespaces that no webhook is asked about: the cluster's own, the mesh's, those of .Values.webhook.excludedNamespaces. */}}
{{- define "mesh.excludedNamespaces" -}}
{{- concat (list "kube-system" "kube-public" "kube-node-lease" .Release.Namespace) .Values.webhook.excludedNamespaces | uniq | join ", " -}}
{{- end }}

{{/* MeshConfig's spec: the values', with the CNI plugin where it is installed and nothing else was asked for. */}}
{{- define "mesh.config" -}}
{{- $spec := deepCopy .Values.meshConfig -}}
{{- if .Values.cni.enabled -}}
{{- $spec = merge $spec (dict "proxy" (dict "interception" "Cni")) -}}
{{- end -}}
{{- toYaml $spec -}}
{{- end }}
