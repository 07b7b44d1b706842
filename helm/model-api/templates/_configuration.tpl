{{/*
The server's configuration over a release's revisions. Helm removes at once what a revision no longer has, and a rollback writes
what it wrote before, whatever runs meanwhile. So the ConfigMaps have an annotation by which Helm keeps them.
*/}}
{{- define "model-api.kept-json" -}}
{{- ternary (dict "helm.sh/resource-policy" "keep") dict (eq (include "model-api.sees-the-cluster" .) "true") | toJson -}}
{{- end -}}

{{/* "true" where Helm itself renders; "" for helm template, and for what commits or applies its output. */}}
{{- define "model-api.sees-the-cluster" -}}
{{- if hasKey (lookup "apps/v1" "ReplicaSet" .Release.Namespace "") "items" }}true{{ end -}}
{{- end -}}

{{/* The names of ConfigMaps that pods of this instance run with, as a dictionary. */}}
{{- define "model-api.config-maps-in-use-json" -}}
{{- $used := dict -}}
{{- range (lookup "apps/v1" "ReplicaSet" .Release.Namespace "").items -}}
{{- $instance := dig "labels" "app.kubernetes.io/instance" "" .metadata -}}
{{- if and (eq $instance (include "model-api.name" $)) (gt (int .status.replicas) 0) -}}
{{- range .spec.template.spec.containers -}}
{{- range .envFrom -}}
{{- with .configMapRef }}{{ $_ := set $used .name true }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $used -}}
{{- end -}}

{{/* This release's other ConfigMaps that an upgrade still has, by name: their data and annotations. */}}
{{- define "model-api.earlier-config-maps-json" -}}
{{- $earlier := dict -}}
{{- $used := include "model-api.config-maps-in-use-json" . | fromJson -}}
{{- /* An additional object of the user may be called nearly so. */ -}}
{{- $pattern := include "model-api.name" . | regexQuoteMeta | printf "^%s-config-[0-9a-f]{10}$" -}}
{{- range (lookup "v1" "ConfigMap" .Release.Namespace "").items -}}
{{- $annotations := .metadata.annotations | default dict -}}
{{- $ours := and .immutable (regexMatch $pattern .metadata.name) (eq (index $annotations "meta.helm.sh/release-name" | toString) $.Release.Name) -}}
{{- if and $ours (ne .metadata.name (include "model-api.config-map" $)) -}}
{{- if hasKey $used .metadata.name -}}
{{- $_ := set $earlier .metadata.name (dict "data" .data "annotations" (include "model-api.kept-json" $ | fromJson)) -}}
{{- else if hasKey $annotations "helm.sh/resource-policy" -}}
{{- $_ := set $earlier .metadata.name (dict "data" .data "annotations" dict) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $earlier -}}
{{- end -}}
