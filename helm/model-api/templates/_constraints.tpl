{{/*
What values must hold together, a sentence for each that they do not: those of the role's constraints that the schema cannot
say and the cluster would not say before something is changed. Types and ranges are the schema's, the forms of texts are in
_forms.tpl.
*/}}
{{- define "model-api.constraints" -}}
{{- $autoscaling := .Values.autoscaling -}}
{{- $policy := .Values.networkPolicy -}}
{{- $ingress := .Values.ingress -}}
{{- $server := .Values.server -}}
{{- $wrong := list -}}

{{- if and (not .Chart.IsRoot) (ne .Chart.Name "model-api") (not .Values.fullnameOverride) -}}
{{- $wrong = append $wrong (printf "fullnameOverride is empty, and the parent has the chart as %s: set it there, for another one of the same parent would be the same service, %s." .Chart.Name .Release.Name) -}}
{{- end -}}

{{- range $where := list "commonLabels" "podLabels" -}}
{{- range $name, $_ := include "model-api.selector-json" $ | fromJson -}}
{{- if hasKey (index $.Values $where | default dict) $name -}}
{{- $wrong = append $wrong (printf "%s: '%s' is a label by which Services find the pods: leave it out." $where $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- $finding := list "app.kubernetes.io/instance" "app.kubernetes.io/managed-by" -}}
{{- $given := dict
      "commonLabels" (list (rest $finding) .Values.commonLabels)
      "monitoring.labels" (list $finding .Values.monitoring.labels)
      "monitoring.dashboardLabels" (list $finding .Values.monitoring.dashboardLabels)
      "alerts.labels" (list (list "model_serving_name" "model_serving_namespace") .Values.alerts.labels) -}}
{{- range $where, $pair := $given -}}
{{- range $name := first $pair -}}
{{- if hasKey (last $pair | default dict) $name -}}
{{- $wrong = append $wrong (printf "%s: '%s' is one of the release's own labels: leave it out." $where $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- if and .Values.models.fetch .Values.models.volume -}}
{{- $wrong = append $wrong "models.fetch and models.volume are both set: leave one of them out." -}}
{{- end -}}

{{- $targets := dict -}}
{{- range $number, $model := .Values.models.fetch -}}
{{- $target := printf "%v/%s" $model.name (include "model-api.text" $model.version) -}}
{{- if hasKey $targets $target -}}
{{- $wrong = append $wrong (printf "models.fetch[%d] (%s) is in the list twice: remove one, or give it another version." $number $target) -}}
{{- end -}}
{{- $_ := set $targets $target true -}}
{{- end -}}

{{- if le (int .Values.progressDeadlineSeconds) (int .Values.minReadySeconds) -}}
{{- $wrong = append $wrong (printf "progressDeadlineSeconds (%v) is not above minReadySeconds (%v), so every update would fail: raise the first or lower the other." .Values.progressDeadlineSeconds .Values.minReadySeconds) -}}
{{- end -}}

{{- if and $policy.enabled (not $policy.modelStoreCIDRs) -}}
{{- $remote := "" -}}
{{- range .Values.models.fetch -}}
{{- if not (or $remote (hasPrefix "file:" .uri)) -}}
{{- $remote = printf "%s/%s" .name (include "model-api.text" .version) -}}
{{- end -}}
{{- end -}}
{{- if $remote -}}
{{- $wrong = append $wrong (printf "networkPolicy.modelStoreCIDRs is empty, so the pods cannot fetch %s: list the address ranges of the model store." $remote) -}}
{{- end -}}
{{- end -}}

{{- if $autoscaling.enabled -}}
{{- if gt (int $autoscaling.minReplicas) (int $autoscaling.maxReplicas) -}}
{{- $wrong = append $wrong (printf "autoscaling.minReplicas (%v) is above autoscaling.maxReplicas (%v): lower one or raise the other." $autoscaling.minReplicas $autoscaling.maxReplicas) -}}
{{- end -}}
{{- $targets := list $autoscaling.targetCPUUtilizationPercentage $autoscaling.targetMemoryUtilizationPercentage $autoscaling.targetRequestsInFlight -}}
{{- if and (not $autoscaling.metrics) (le (maxf (index $targets 0) (index $targets 1) (index $targets 2)) 0.0) -}}
{{- $wrong = append $wrong "autoscaling.metrics is empty, and autoscaling.targetCPUUtilizationPercentage, autoscaling.targetMemoryUtilizationPercentage and autoscaling.targetRequestsInFlight are 0: set one of them, or the autoscaler has no metric." -}}
{{- end -}}
{{- end -}}

{{- if .Values.podDisruptionBudget.enabled -}}
{{- $least := include "model-api.number-or-percentage" .Values.podDisruptionBudget.minAvailable | trimAll "\"" -}}
{{- $fewest := include "model-api.fewest-pods" . | int -}}
{{- /* Kubernetes rounds a percentage up. */ -}}
{{- $left := ternary (ceil (divf (mul (trimSuffix "%" $least | int) $fewest) 100)) (trimSuffix "%" $least | float64) (hasSuffix "%" $least) -}}
{{- if ge $left (float64 $fewest) -}}
{{- $wrong = append $wrong (printf "podDisruptionBudget.minAvailable (%s) leaves none of %d pods to evict, so no node could be drained: lower it, or add pods." $least $fewest) -}}
{{- end -}}
{{- end -}}

{{- if and (has (toString .Values.updateStrategy.maxSurge) (list "0" "0%")) (has (toString .Values.updateStrategy.maxUnavailable) (list "0" "0%")) -}}
{{- $wrong = append $wrong "updateStrategy.maxSurge and updateStrategy.maxUnavailable are both 0, so no pod could be replaced: set updateStrategy.maxSurge to 1." -}}
{{- end -}}

{{- $settings := include "model-api.texts-json" $server.settings | fromJson -}}
{{- range $setting, $port := dict "SERVER_PORT" "5000" "SERVER_OPERATIONS_PORT" "8000" -}}
{{- if and (hasKey $settings $setting) (ne (index $settings $setting | toString | trim) $port) -}}
{{- $wrong = append $wrong (printf "server.settings.%s (%s) changes a port that Services, probes and policies expect to be %s: remove it. Clients use service.port." $setting (index $settings $setting) $port) -}}
{{- end -}}
{{- end -}}

{{- $host := index $settings "SERVER_HOST" | default "" -}}
{{- if regexMatch "^(localhost|127\\..*|::1)$" $host -}}
{{- $wrong = append $wrong (printf "server.settings.SERVER_HOST (%s) is the pod's loopback address, where probes and Services cannot reach the server: remove it." $host) -}}
{{- end -}}

{{- $drain := ternary (index $settings "SERVER_DRAIN_SECONDS") (include "model-api.text" $server.drainSeconds) (hasKey $settings "SERVER_DRAIN_SECONDS") | trim -}}
{{- if not (and (regexMatch "^[0-9]+([.][0-9]*)?$" $drain) (le (float64 $drain) 3600.0)) -}}
{{- $where := ternary "server.settings.SERVER_DRAIN_SECONDS" "server.drainSeconds" (hasKey $settings "SERVER_DRAIN_SECONDS") -}}
{{- $wrong = append $wrong (printf "%s ('%s') must be a number of seconds from 0 to 3600: the pod's grace period is calculated from it." $where $drain) -}}
{{- end -}}

{{- $longest := index $settings "SERVER_REQUEST_TIMEOUT_SECONDS" | default (include "model-api.text" $server.requestTimeout) | trim -}}
{{- if and $ingress.enabled (lt (float64 $ingress.timeout) (float64 $longest)) -}}
{{- $where := ternary "server.settings.SERVER_REQUEST_TIMEOUT_SECONDS" "server.requestTimeout" (hasKey $settings "SERVER_REQUEST_TIMEOUT_SECONDS") -}}
{{- $wrong = append $wrong (printf "ingress.timeout (%v) is below %s (%s): the ingress would time out before the server answers. Raise the first or lower the other." $ingress.timeout $where $longest) -}}
{{- end -}}

{{- if and $ingress.enabled (not $ingress.paths) -}}
{{- $wrong = append $wrong "ingress.paths is empty, so that nothing would be routed: leave \"/\", or set ingress.enabled to false." -}}
{{- else if and $ingress.enabled (eq $ingress.dialect "openshift") -}}
{{- if gt (len $ingress.paths) 1 -}}
{{- $wrong = append $wrong (printf "ingress.paths (%s): a Route has one path: leave one, and add Routes for others with extraObjects." (join ", " $ingress.paths)) -}}
{{- else if and $server.tlsSecret (not $ingress.tls.secretName) (or (include "model-api.prefix" $) (ne (first $ingress.paths) "/")) -}}
{{- $wrong = append $wrong (printf "ingress.paths (%s%s): where TLS ends in the pods alone (server.tlsSecret), the router sees no path: leave \"/\", without a prefix, or let TLS end in the router too with ingress.tls.secretName." (include "model-api.prefix" $) (first $ingress.paths)) -}}
{{- end -}}
{{- end -}}

{{- $patches := .Values.patches | default dict -}}
{{- $rewritten := regexMatch "rewrite|strip|middleware|transform" (keys ($ingress.annotations | default dict) | join " " | lower) -}}
{{- if and $ingress.enabled (not $rewritten) (not (or $patches.ingress $patches.route $patches.http_route)) -}}
{{- $served := list "/" "/predict" "/health" "/v1" "/v2" "/openapi.json" -}}
{{- range $number, $path := $ingress.paths -}}
{{- if not (has (regexFind "^/[^/]*" $path) (append $served (regexFind "^/[^/]*" $.Values.test.path))) -}}
{{- $wrong = append $wrong (printf "ingress.paths[%d] ('%s'): the server would answer 404, for it knows only %s: use one of these. What clients write before them is ingress.prefix, which the server does not see." $number $path (join ", " $served)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- if and $ingress.enabled (include "model-api.prefix" $) -}}
{{- if eq $ingress.dialect "plain" -}}
{{- $wrong = append $wrong (printf "ingress.prefix (%s): with ingress.dialect plain nothing takes it away: name the controller's dialect, or leave the prefix out." $ingress.prefix) -}}
{{- else if and (eq $ingress.dialect "f5-nginx") (ne (toJson $ingress.paths) (toJson (list "/"))) -}}
{{- $wrong = append $wrong (printf "ingress.prefix (%s): NGINX of F5 takes it away for all paths or for none: leave \"/\" in ingress.paths." $ingress.prefix) -}}
{{- end -}}
{{- end -}}

{{- if has (int $server.grpcPort) (list 5000 8000) -}}
{{- $wrong = append $wrong (printf "server.grpcPort (%v) is that of the pods' other ports: take another, such as 8001." $server.grpcPort) -}}
{{- else if eq (int $server.grpcPort) (int .Values.service.port) -}}
{{- $wrong = append $wrong (printf "server.grpcPort (%v) is that of service.port: take another, such as 8001." $server.grpcPort) -}}
{{- end -}}

{{- if hasKey $settings "SERVER_GRPC_PORT" -}}
{{- $wrong = append $wrong "server.settings.SERVER_GRPC_PORT leaves the image, the Service and the NetworkPolicy without gRPC: set server.grpcPort instead." -}}
{{- end -}}

{{- range $setting, $_ := $settings -}}
{{- if hasPrefix "SERVER_TLS_" $setting -}}
{{- $wrong = append $wrong (printf "server.settings.%s leaves probes, Services and the ingress without TLS: set server.tlsSecret instead." $setting) -}}
{{- end -}}
{{- end -}}

{{- $wrong = concat $wrong (include "model-api.misshapen-json" $ | fromJsonArray) (include "model-api.wrong-extras-json" $ | fromJsonArray) (include "model-api.wrong-directives-json" $ | fromJsonArray) (include "model-api.wrong-settings-json" $ | fromJsonArray) (include "model-api.above-limits-json" $ | fromJsonArray) (include "model-api.lost-json" (dict "value" .Values "path" "") | fromJsonArray) -}}

{{- if $wrong }}{{ fail (join "\n" $wrong) }}{{ end -}}
{{- end -}}

{{/*
What Helm reads as another value, a sentence each: numbers that a float cannot hold, and characters that its YAML loses or fails at.
Takes a dictionary: value and path.
*/}}
{{- define "model-api.lost-json" -}}
{{- $wrong := list -}}
{{- $path := .path -}}
{{- $lost := "[\\x{7f}-\\x{9f}\\x{fffe}\\x{ffff}]" -}}
{{- if kindIs "map" .value -}}
{{- range $name, $item := .value -}}
{{- if regexMatch $lost $name -}}
{{- $wrong = append $wrong (printf "%s has a name with a control character, which Helm loses: take it away." ($path | default "a value")) -}}
{{- else -}}
{{- $wrong = concat $wrong (include "model-api.lost-json" (dict "value" $item "path" (print $path (ternary "." "" (ne $path "")) $name)) | fromJsonArray) -}}
{{- end -}}
{{- end -}}
{{- else if kindIs "slice" .value -}}
{{- range $number, $item := .value -}}
{{- $wrong = concat $wrong (include "model-api.lost-json" (dict "value" $item "path" (printf "%s[%d]" $path $number)) | fromJsonArray) -}}
{{- end -}}
{{- else if kindIs "string" .value -}}
{{- if regexMatch $lost .value -}}
{{- $wrong = append $wrong (printf "%s has a control character, which Helm loses: take it away." $path) -}}
{{- end -}}
{{- else if has (kindOf .value) (list "float64" "int" "int64") -}}
{{- /* From 2^53 on not every whole number is a float. */ -}}
{{- if or (ge (float64 .value) 9007199254740992.0) (le (float64 .value) -9007199254740992.0) -}}
{{- $wrong = append $wrong (printf "%s is a number that Helm may read as another one: it keeps those below 9007199254740992." $path) -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}
