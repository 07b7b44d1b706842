{{/*
What the templates share. Each helper has its twin in the role's vars/main.yml, and a test holds the two equal; change both.
Helpers that end in -json return a dictionary or a list: read them with fromJson or fromJsonArray.
Dictionaries are joined with mergeOverwrite, the user's last: merge takes an empty text for one that is not set.
*/}}

{{/* The instance's name: the release's, unless fullnameOverride is set. Every object is named after it. */}}
{{- define "model-api.name" -}}
{{- $name := .Values.fullnameOverride | default .Release.Name -}}
{{- if not (regexMatch "^[a-z]([a-z0-9-]{0,52}[a-z0-9])?$" $name) -}}
{{- fail (printf "the release's name (%q) cannot name a Service: begin with a lower-case letter, then use lower-case letters, digits and dashes, at most 54, without a dash at the end; or set fullnameOverride" $name) -}}
{{- end -}}
{{- $name -}}
{{- end -}}

{{/*
The name of what helm test makes, which the role does not. With a digit first no release has it, whose policy would be replaced
else. Kubernetes warns of a pod with a dot in its name.
*/}}
{{- define "model-api.test-name" -}}
0-{{ include "model-api.name" . }}-test
{{- end -}}

{{/* A value as YAML would write it: true as "true", 2026 as "2026", nothing as "". */}}
{{- define "model-api.text" -}}
{{- if kindIs "invalid" . -}}
{{- else if and (kindIs "float64" .) (eq . (floor .)) -}}
{{- printf "%.0f" . -}}
{{- else if kindIs "float64" . -}}
{{- toJson . -}}
{{- else -}}
{{- . -}}
{{- end -}}
{{- end -}}

{{/* A dictionary with each value as text, as Kubernetes wants labels, annotations and environment variables. */}}
{{- define "model-api.texts-json" -}}
{{- $texts := dict -}}
{{- range $name, $value := . -}}
{{- if or (kindIs "map" $value) (kindIs "slice" $value) -}}
{{- fail (printf "%s is a list or a mapping (%s): write it as one text, in quotes" $name (toJson $value)) -}}
{{- end -}}
{{- $_ := set $texts $name (include "model-api.text" $value) -}}
{{- end -}}
{{- toJson $texts -}}
{{- end -}}

{{/* A number as Prometheus writes it in the name of a bucket: one second is 1.0. */}}
{{- define "model-api.bucket" -}}
{{- if eq (float64 .) (floor .) -}}
{{- printf "%.1f" (float64 .) -}}
{{- else -}}
{{- printf "%v" (float64 .) -}}
{{- end -}}
{{- end -}}

{{/* A number of pods as a number, a percentage as text. */}}
{{- define "model-api.number-or-percentage" -}}
{{- $text := toString . -}}
{{- if hasSuffix "%" $text }}{{ $text | quote }}{{ else }}{{ $text }}{{ end -}}
{{- end -}}

{{/* The image: its tag, its digest or both; without either the tag is the chart's appVersion. */}}
{{- define "model-api.image" -}}
{{- $image := .Values.image -}}
{{- $tag := $image.tag | default (ternary "" .Chart.AppVersion (not (empty $image.digest))) -}}
{{- $image.repository -}}
{{- if $tag }}:{{ $tag }}{{ end -}}
{{- if $image.digest }}@{{ $image.digest }}{{ end -}}
{{- end -}}

{{/* The image's tag as a label: at most 63 characters, with a letter or a digit at both ends. */}}
{{- define "model-api.version" -}}
{{- $image := .Values.image -}}
{{- $tag := $image.tag | default (ternary "latest" .Chart.AppVersion (not (empty $image.digest))) -}}
{{- $tag | trimAll "._-" | trunc 63 | trimAll "._-" -}}
{{- end -}}

{{/* Labels that never change: selectors are immutable. */}}
{{- define "model-api.selector-json" -}}
{{- $name := include "model-api.name" . -}}
{{- dict "app" $name "app.kubernetes.io/instance" $name | toJson -}}
{{- end -}}

{{/* Every object's labels. Only the tool that manages them is another than with the role. */}}
{{- define "model-api.labels-json" -}}
{{- $standard := dict
      "app.kubernetes.io/name" "model-server"
      "app.kubernetes.io/component" "api"
      "app.kubernetes.io/part-of" "model-serving"
      "app.kubernetes.io/managed-by" .Release.Service -}}
{{- $given := include "model-api.texts-json" .Values.commonLabels | fromJson -}}
{{- mergeOverwrite $standard $given (include "model-api.selector-json" . | fromJson) | toJson -}}
{{- end -}}

{{/*
The metadata of an object. Takes a dictionary: root, and where an object has them, a suffix of the instance's name or a name
of its own, labels and annotations of its own.
*/}}
{{- define "model-api.metadata" -}}
{{- $labels := include "model-api.texts-json" (.labels | default dict) | fromJson -}}
{{- $annotations := include "model-api.texts-json" (.annotations | default dict) | fromJson -}}
name: {{ .name | default (printf "%s%s" (include "model-api.name" .root) (.suffix | default "")) | quote }}
namespace: {{ .root.Release.Namespace | quote }}
labels: {{- mergeOverwrite (include "model-api.labels-json" .root | fromJson) $labels | toYaml | nindent 2 }}
annotations: {{- mergeOverwrite (include "model-api.texts-json" .root.Values.commonAnnotations | fromJson) $annotations | toYaml | nindent 2 }}
{{- end -}}

{{/* The protocol of the API port, and its name on pods and Services. */}}
{{- define "model-api.scheme" -}}
{{- if .Values.server.tlsSecret }}https{{ else }}http{{ end -}}
{{- end -}}

{{/* The server's settings: the ConfigMap's content. */}}
{{- define "model-api.settings-json" -}}
{{- $server := .Values.server -}}
{{- $settings := dict
      "LOG_LEVEL" $server.logLevel
      "SERVER_MAX_BODY_BYTES" (mul $server.maxBodyMegabytes 1048576)
      "SERVER_MAX_ROWS" $server.maxRows
      "SERVER_PROCESSES" $server.processes
      "SERVER_REQUEST_TIMEOUT_SECONDS" $server.requestTimeout
      "SERVER_DRAIN_SECONDS" $server.drainSeconds -}}
{{- if $server.modelName }}{{ $_ := set $settings "MODEL_NAME" $server.modelName }}{{ end -}}
{{- if $server.trustedTypes }}{{ $_ := set $settings "MODEL_TRUSTED_TYPES" (join " " $server.trustedTypes) }}{{ end -}}
{{- if $server.allowJoblib }}{{ $_ := set $settings "MODEL_ALLOW_JOBLIB" "true" }}{{ end -}}
{{- if .Values.models.fetch -}}
{{- $sources := list -}}
{{- $checksums := list -}}
{{- range .Values.models.fetch -}}
{{- $target := printf "%s/%s" .name (include "model-api.text" .version) -}}
{{- $sources = append $sources (printf "%s=%s" $target .uri) -}}
{{- $checksums = append $checksums (printf "%s=%s" $target (lower .sha256)) -}}
{{- end -}}
{{- $_ := set $settings "MODEL_SOURCES" (join " " $sources) -}}
{{- $_ := set $settings "MODEL_SHA256" (join " " $checksums) -}}
{{- end -}}
{{- if $server.tlsSecret -}}
{{- $_ := set $settings "SERVER_TLS_CERTIFICATE_FILE" "/etc/model-server/tls/tls.crt" -}}
{{- $_ := set $settings "SERVER_TLS_KEY_FILE" "/etc/model-server/tls/tls.key" -}}
{{- end -}}
{{- if $server.grpcPort }}{{ $_ := set $settings "SERVER_GRPC_PORT" $server.grpcPort }}{{ end -}}
{{- include "model-api.texts-json" (mergeOverwrite $settings ($server.settings | default dict | deepCopy)) -}}
{{- end -}}

{{/*
The ConfigMap's name. It ends in a hash of the content: a change of configuration starts new pods, and a rollback restores the
old configuration with the old pods.
*/}}
{{- define "model-api.config-map" -}}
{{- $lines := list -}}
{{- range $name, $value := include "model-api.settings-json" . | fromJson -}}
{{- $lines = append $lines (printf "%s=%s" $name $value | sha256sum) -}}
{{- end -}}
{{- include "model-api.name" . }}-config-{{ join "" $lines | sha256sum | trunc 10 -}}
{{- end -}}

{{/* A stopping pod keeps serving until proxies have removed it, then drains, then has ten seconds to exit. */}}
{{- define "model-api.grace-seconds" -}}
{{- $drain := (include "model-api.settings-json" . | fromJson).SERVER_DRAIN_SECONDS | trim | float64 -}}
{{- add .Values.preStopSeconds (ceil $drain) 10 -}}
{{- end -}}

{{/* The number of pods without load. */}}
{{- define "model-api.fewest-pods" -}}
{{- ternary .Values.autoscaling.minReplicas .Values.replicaCount .Values.autoscaling.enabled -}}
{{- end -}}

{{/* Whether an HTTPRoute and policies take the place of the Ingress: "true" or "". */}}
{{- define "model-api.gateway" -}}
{{- if and .Values.ingress.enabled (has .Values.ingress.dialect (list "gateway" "nginx-gateway-fabric" "envoy-gateway")) }}true{{ end -}}
{{- end -}}

{{/* Whether the Prometheus Operator's kinds belong to the release: "true" or "". With auto, where the cluster serves them. */}}
{{- define "model-api.operator" -}}
{{- $served := .Capabilities.APIVersions.Has "monitoring.coreos.com/v1" -}}
{{- if or (eq .Values.monitoring.mode "operator") (and (eq .Values.monitoring.mode "auto") $served) }}true{{ end -}}
{{- end -}}

{{/* The pods' labels. A user's own override what is written here, but for those that select the pods. */}}
{{- define "model-api.pod-labels" -}}
{{- $given := include "model-api.texts-json" .Values.podLabels | fromJson -}}
{{- $version := dict "app.kubernetes.io/version" (include "model-api.version" .) -}}
{{- mergeOverwrite $version (include "model-api.labels-json" . | fromJson) $given (include "model-api.selector-json" . | fromJson) | toYaml -}}
{{- end -}}

{{/* The pods' annotations. A user's own override what is written here. */}}
{{- define "model-api.pod-annotations" -}}
{{- $annotations := dict "kubectl.kubernetes.io/default-container" "api" -}}
{{- if has .Values.monitoring.mode (list "auto" "annotations") -}}
{{- $_ := set $annotations "prometheus.io/scrape" "true" -}}
{{- $_ := set $annotations "prometheus.io/port" "8000" -}}
{{- $_ := set $annotations "prometheus.io/path" "/metrics" -}}
{{- end -}}
{{- mergeOverwrite $annotations (include "model-api.texts-json" .Values.podAnnotations | fromJson) | toYaml -}}
{{- end -}}

{{/* Requests and limits. An empty amount is none. */}}
{{- define "model-api.resources" -}}
{{- $extra := include "model-api.texts-json" .Values.extraResources | fromJson -}}
{{- range $bound := list "requests" "limits" }}
{{ $bound }}:
{{- range $resource, $amount := mergeOverwrite (deepCopy (index $.Values.resources $bound)) $extra }}
{{- with include "model-api.text" $amount }}
  {{ $resource }}: {{ quote . }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The pods' securityContext, changed by podSecurityContext. */}}
{{- define "model-api.pod-security" -}}
{{- $base := dict "runAsNonRoot" true "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- with .Values.runAsUser -}}
{{- range $field := list "runAsUser" "runAsGroup" "fsGroup" -}}
{{- $_ := set $base $field (int64 $.Values.runAsUser) -}}
{{- end -}}
{{- end -}}
{{- include "model-api.patched-json" (dict "base" $base "patch" .Values.podSecurityContext) | fromJson | toYaml -}}
{{- end -}}

{{/* The server's securityContext, changed by securityContext. */}}
{{- define "model-api.container-security" -}}
{{- $base := dict
      "allowPrivilegeEscalation" false
      "privileged" false
      "readOnlyRootFilesystem" true
      "capabilities" (dict "drop" (list "ALL")) -}}
{{- include "model-api.patched-json" (dict "base" $base "patch" .Values.securityContext) | fromJson | toYaml -}}
{{- end -}}

{{/* A policy's reference to the HTTPRoute. */}}
{{- define "model-api.route-reference" -}}
group: gateway.networking.k8s.io
kind: HTTPRoute
name: {{ include "model-api.name" . }}
{{- end -}}

{{/*
An alert's labels. Takes a dictionary: root, and labels of the alert's own. Which release it is of, no label of its series
says: their job is the Service that is scraped, or the exporter.
*/}}
{{- define "model-api.alert-labels" -}}
{{- $given := include "model-api.texts-json" .root.Values.alerts.labels | fromJson -}}
{{- $release := dict "model_serving_name" (include "model-api.name" .root) "model_serving_namespace" .root.Release.Namespace -}}
{{- mergeOverwrite .labels $given $release | toYaml -}}
{{- end -}}
