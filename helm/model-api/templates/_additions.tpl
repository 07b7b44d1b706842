{{/*
What is wrong with what a user adds to the release: patches and objects of one's own, a sentence each. The role's are in
plugins/module_utils/variables/extras.py and manifests/own_objects.py.
*/}}
{{- define "model-api.wrong-additions-json" -}}
{{- $wrong := include "model-api.wrong-identities-json" . | fromJsonArray -}}
{{- $wrong = concat $wrong (include "model-api.wrong-selectors-json" . | fromJsonArray) -}}
{{- $replicas := include "model-api.at-json" (dict "patch" (.Values.patches | default dict) "path" (list "deployment" "spec" "replicas")) | fromJson -}}
{{- if and (regexMatch "^-?[0-9]+$" (toString $replicas.value)) (lt (int $replicas.value) 1) (not (include "model-api.scaled-by-keda" .)) -}}
{{- $wrong = append $wrong (printf "patches.deployment: spec.replicas is %v, so that nothing would answer: set replicaCount, or with an autoscaler autoscaling.minReplicas." $replicas.value) -}}
{{- end -}}
{{- range $manifest, $patch := .Values.patches -}}
{{- /* A null removes. */ -}}
{{- $wrong = concat $wrong (include "model-api.wrong-metadata-json" (dict "where" (print "patches." $manifest) "object" $patch "kinds" (list "string" "invalid")) | fromJsonArray) -}}
{{- end -}}
{{- concat $wrong (include "model-api.wrong-objects-json" . | fromJsonArray) | toJson -}}
{{- end -}}

{{/* Whether an object of one's own lets KEDA scale the Deployment, which may begin with no pod: "true" or "". */}}
{{- define "model-api.scaled-by-keda" -}}
{{- range .Values.extraObjects -}}
{{- if and (eq (toString .kind) "ScaledObject") (eq (dig "spec" "scaleTargetRef" "name" "" .) (include "model-api.name" $)) -}}true{{- end -}}
{{- end -}}
{{- end -}}

{{/* The value at a path of fields, and whether it is given, even as null. Takes a dictionary: patch and path. */}}
{{- define "model-api.at-json" -}}
{{- $at := dict "given" (kindIs "map" .patch) "value" .patch -}}
{{- range $field := .path -}}
{{- if and $at.given (kindIs "invalid" $at.value) -}}
{{- /* A null takes away all that is below it. */ -}}
{{- else if not (kindIs "map" $at.value) -}}
{{- $at = dict "given" false "value" nil -}}
{{- else -}}
{{- $at = dict "given" (and $at.given (hasKey $at.value $field)) "value" (index $at.value $field) -}}
{{- end -}}
{{- end -}}
{{- toJson $at -}}
{{- end -}}

{{/* Patches of what an object is, or of how its pods are found. */}}
{{- define "model-api.wrong-identities-json" -}}
{{- $wrong := list -}}
{{- range $manifest, $patch := .Values.patches -}}
{{- $paths := list (list "apiVersion") (list "kind") (list "metadata" "name") (list "metadata" "namespace") (list "metadata" "labels" "app.kubernetes.io/instance") (list "metadata" "labels" "app.kubernetes.io/managed-by") -}}
{{- if eq $manifest "deployment" -}}
{{- $paths = append $paths (list "spec" "selector") -}}
{{- range $label := list "app" "app.kubernetes.io/instance" -}}
{{- $paths = append $paths (list "spec" "template" "metadata" "labels" $label) -}}
{{- end -}}
{{- end -}}
{{- range $path := $paths -}}
{{- if (include "model-api.at-json" (dict "patch" $patch "path" $path) | fromJson).given -}}
{{- $wrong = append $wrong (printf "patches.%s changes %s, by which the release finds the object or its pods: leave it out. Names follow from fullnameOverride and --namespace." $manifest (join "." $path)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* Patches of Services after which no pod of the release has the labels that they ask for. */}}
{{- define "model-api.wrong-selectors-json" -}}
{{- $wrong := list -}}
{{- range $manifest := list "service" "service_metrics" "service_load_balancer" -}}
{{- $pods := include "model-api.selector-json" $ | fromJson -}}
{{- $patch := index ($.Values.patches | default dict) $manifest | default dict -}}
{{- $selector := include "model-api.at-json" (dict "patch" $patch "path" (list "spec" "selector")) | fromJson -}}
{{- $wanted := deepCopy $pods -}}
{{- if and $selector.given (kindIs "invalid" $selector.value) }}{{ $wanted = dict }}{{ end -}}
{{- if kindIs "map" $selector.value -}}
{{- range $label, $value := $selector.value -}}
{{- if kindIs "invalid" $value }}{{ $_ := unset $wanted $label }}{{ else }}{{ $_ := set $wanted $label $value }}{{ end -}}
{{- end -}}
{{- end -}}
{{- $selects := gt (len $wanted) 0 -}}
{{- range $label, $value := $pods -}}
{{- if and (hasKey $wanted $label) (ne (index $wanted $label | toString) $value) }}{{ $selects = false }}{{ end -}}
{{- end -}}
{{- if not $selects -}}
{{- $name := include "model-api.name" $ -}}
{{- $wrong = append $wrong (printf "patches.%s: spec.selector would select no pod of this release, so that nothing would answer: leave it out. The pods have app=%s and app.kubernetes.io/instance=%s." $manifest $name $name) -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* Objects of one's own that are in the release already, or have a label or a namespace of another. */}}
{{- define "model-api.wrong-objects-json" -}}
{{- $wrong := list -}}
{{- $known := dict -}}
{{- if .Values.extraObjects -}}
{{- $known = include "model-api.manifest-of-json" . | fromJson -}}
{{- end -}}
{{- $seen := dict -}}
{{- range $number, $object := .Values.extraObjects -}}
{{- $identity := include "model-api.identity" $object -}}
{{- $label := printf "%v/%v" $object.kind ($object.metadata).name -}}
{{- if hasKey $seen $identity -}}
{{- $wrong = append $wrong (printf "extraObjects[%d] (%s) is in the list twice: remove one, or rename it." $number $label) -}}
{{- end -}}
{{- if hasKey $known $identity -}}
{{- $wrong = append $wrong (printf "extraObjects[%d] (%s) is an object of this release: change it with patches.%s, or give yours another name." $number $label (index $known $identity)) -}}
{{- end -}}
{{- $_ := set $seen $identity true -}}
{{- $wrong = concat $wrong (include "model-api.wrong-metadata-json" (dict "where" (printf "extraObjects[%d]" $number) "object" $object "kinds" (list "string")) | fromJsonArray) -}}
{{- $labels := ternary (($object.metadata).labels) dict (kindIs "map" ($object.metadata).labels) -}}
{{- $another := and (hasKey $labels "app.kubernetes.io/instance") (ne (index $labels "app.kubernetes.io/instance" | toString) (include "model-api.name" $)) -}}
{{- $taken := ternary (list "app.kubernetes.io/instance") list $another -}}
{{- if hasKey $labels "app.kubernetes.io/managed-by" }}{{ $taken = append $taken "app.kubernetes.io/managed-by" }}{{ end -}}
{{- range $name := $taken -}}
{{- $wrong = append $wrong (printf "extraObjects[%d].metadata.labels: '%s' is one of the release's own labels: leave it out." $number $name) -}}
{{- end -}}
{{- $namespace := ($object.metadata).namespace -}}
{{- if and $namespace (ne (toString $namespace) $.Release.Namespace) -}}
{{- $wrong = append $wrong (printf "extraObjects[%d] is for namespace '%v', the release for %s: leave the namespace out." $number $namespace $.Release.Namespace) -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/*
Labels and annotations that are no dictionary of texts. Takes a dictionary: where, object, and the kinds that their values may be.
*/}}
{{- define "model-api.wrong-metadata-json" -}}
{{- $wrong := list -}}
{{- $at := . -}}
{{- range $part := list "labels" "annotations" -}}
{{- $value := (include "model-api.at-json" (dict "patch" $at.object "path" (list "metadata" $part)) | fromJson).value -}}
{{- if kindIs "map" $value -}}
{{- range $name, $item := $value -}}
{{- if not (has (kindOf $item) $at.kinds) -}}
{{- $wrong = append $wrong (printf "%s.metadata.%s.%s is %s, not text: write it as one text, in quotes." $at.where $part $name (include "model-api.type-of" $item)) -}}
{{- end -}}
{{- end -}}
{{- else if not (kindIs "invalid" $value) -}}
{{- $wrong = append $wrong (printf "%s.metadata.%s is %s, not a dictionary: write a name and a value for each, as in a manifest." $at.where $part (include "model-api.type-of" $value)) -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* What a value is, in the words of the role. */}}
{{- define "model-api.type-of" -}}
{{- get (dict "string" "text" "map" "a dictionary" "slice" "a list" "bool" "true or false" "invalid" "null") (kindOf .) | default "a number" -}}
{{- end -}}

{{/* What an object is in its namespace: API group, kind and name. */}}
{{- define "model-api.identity" -}}
{{- printf "%s %v %v" (regexReplaceAll "/?[^/]*$" (toString .apiVersion) "") .kind (.metadata).name -}}
{{- end -}}

{{/* The manifest of each object that this release has, by what the object is. */}}
{{- define "model-api.manifest-of-json" -}}
{{- $found := dict -}}
{{- range $manifest := include "model-api.manifests" . | splitList " " -}}
{{- $text := include (print "model-api.manifest." $manifest) $ | trim -}}
{{- if $text }}{{ $_ := set $found (include "model-api.identity" (fromYaml $text)) $manifest }}{{ end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}

{{- define "model-api.manifests" -}}
service_account config_map network_policy service service_metrics service_load_balancer deployment pod_disruption_budget horizontal_pod_autoscaler vertical_pod_autoscaler ingress route http_route http_route_redirect backend_tls_policy nginx_client_settings_policy nginx_rate_limit_policy envoy_backend_traffic_policy service_monitor prometheus_rule dashboard
{{- end -}}
