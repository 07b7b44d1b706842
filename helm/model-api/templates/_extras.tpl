{{/*
What is wrong with what a user adds to the pods and to the release, a sentence each. The role's are in
plugins/module_utils/variables/extras.py.
*/}}
{{- define "model-api.wrong-extras-json" -}}
{{- $wrong := include "model-api.lacking-fields-json" . | fromJsonArray -}}
{{- if not $wrong -}}
{{- $wrong = concat $wrong (include "model-api.taken-names-json" . | fromJsonArray) -}}
{{- $wrong = concat $wrong (include "model-api.unknown-volumes-json" . | fromJsonArray) -}}
{{- $wrong = concat $wrong (include "model-api.unmeasured-json" . | fromJsonArray) -}}
{{- $wrong = concat $wrong (include "model-api.wrong-additions-json" . | fromJsonArray) -}}
{{- range $entry := .Values.extraEnv -}}
{{- if regexMatch "^SERVER_(PORT|OPERATIONS_PORT|HOST|DRAIN_SECONDS|TLS_)" $entry.name -}}
{{- $wrong = append $wrong (printf "extraEnv: %s is a setting from which others follow: set it in server.settings." $entry.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $number, $object := .Values.extraObjects -}}
{{- if eq (toString $object.kind) "Deployment" -}}
{{- $wrong = append $wrong (printf "extraObjects[%d] is a Deployment, and a release has one: add a container with extraContainers, or release it under another name." $number) -}}
{{- else if eq (toString $object.kind) "List" -}}
{{- $wrong = append $wrong (printf "extraObjects[%d] is a List, which is no object of the cluster: write what is in it as entries of extraObjects." $number) -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* Entries without a field that they need, or with one that is no text. */}}
{{- define "model-api.lacking-fields-json" -}}
{{- $wrong := list -}}
{{- $needed := dict
      "extraEnv" (list "name")
      "extraContainers" (list "name" "image")
      "extraInitContainers" (list "name" "image")
      "extraVolumes" (list "name")
      "extraVolumeMounts" (list "name" "mountPath")
      "extraObjects" (list "apiVersion" "kind" "metadata.name") -}}
{{- range $where, $fields := $needed -}}
{{- range $number, $entry := index $.Values $where -}}
{{- $lacks := "" -}}
{{- range $field := $fields -}}
{{- $value := (include "model-api.at-json" (dict "patch" $entry "path" (splitList "." $field)) | fromJson).value -}}
{{- if and (not $lacks) (not (and (kindIs "string" $value) $value)) }}{{ $lacks = $field }}{{ end -}}
{{- end -}}
{{- if $lacks -}}
{{- $wrong = append $wrong (printf "%s[%d] has no %s: write it as one text, as in a manifest." $where $number $lacks) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* The rendered volumes, and what each is for; the same of the paths where they are. */}}
{{- define "model-api.own-volumes-json" -}}
{{- $models := .Values.models -}}
{{- $volumes := dict "tmp" "the server's /tmp" -}}
{{- $paths := dict "/tmp" "the server's /tmp" -}}
{{- if or $models.fetch $models.volume -}}
{{- $_ := set $volumes "models" "the models" -}}
{{- $_ := set $paths "/models" "the models" -}}
{{- end -}}
{{- if and $models.fetch $models.ca -}}
{{- $_ := set $volumes "store-ca" "models.ca" -}}
{{- $_ := set $paths "/etc/model-server/store-ca" "models.ca" -}}
{{- end -}}
{{- if .Values.server.tlsSecret -}}
{{- $_ := set $volumes "tls" "server.tlsSecret" -}}
{{- $_ := set $paths "/etc/model-server/tls" "server.tlsSecret" -}}
{{- end -}}
{{- dict "volumes" $volumes "paths" $paths | toJson -}}
{{- end -}}

{{/* Entries whose name another one has, in the same list or among what is rendered. */}}
{{- define "model-api.taken-names-json" -}}
{{- $wrong := list -}}
{{- $own := include "model-api.own-volumes-json" . | fromJson -}}
{{- $containers := dict "api" "the server" -}}
{{- if .Values.models.fetch }}{{ $_ := set $containers "fetch" "what fetches the models" }}{{ end -}}
{{- $lists := list
      (dict "where" "extraInitContainers" "field" "name" "taken" $containers)
      (dict "where" "extraContainers" "field" "name" "taken" $containers)
      (dict "where" "extraVolumes" "field" "name" "taken" $own.volumes)
      (dict "where" "extraVolumeMounts" "field" "mountPath" "taken" $own.paths)
      (dict "where" "extraEnv" "field" "name" "taken" dict) -}}
{{- range $list := $lists -}}
{{- range $number, $entry := index $.Values $list.where -}}
{{- $name := index $entry $list.field -}}
{{- $here := printf "%s[%d]" $list.where $number -}}
{{- if hasKey $list.taken $name -}}
{{- $wrong = append $wrong (printf "%s: %s '%s' is taken by %s: use another, or change what is there with patches.deployment." $here $list.field $name (index $list.taken $name)) -}}
{{- else -}}
{{- $_ := set $list.taken $name $here -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* Mounts of the server's container, or of an own one, whose volume does not exist. */}}
{{- define "model-api.unknown-volumes-json" -}}
{{- $wrong := list -}}
{{- $known := keys (include "model-api.own-volumes-json" . | fromJson).volumes -}}
{{- range $volume := .Values.extraVolumes }}{{ $known = append $known $volume.name }}{{ end -}}
{{- $mounts := list -}}
{{- range $number, $mount := .Values.extraVolumeMounts -}}
{{- $mounts = append $mounts (dict "where" (printf "extraVolumeMounts[%d]" $number) "name" $mount.name) -}}
{{- end -}}
{{- range $where := list "extraInitContainers" "extraContainers" -}}
{{- range $number, $container := index $.Values $where -}}
{{- range $mount := $container.volumeMounts -}}
{{- $mounts = append $mounts (dict "where" (printf "%s[%d].volumeMounts" $where $number) "name" $mount.name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $mount := $mounts -}}
{{- if and (kindIs "string" $mount.name) (not (has $mount.name $known)) -}}
{{- $wrong = append $wrong (printf "%s: there is no volume '%s': add it to extraVolumes, or correct the name." $mount.where $mount.name) -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* Sidecars without a request for what the autoscaler measures of whole pods: it could compute nothing. */}}
{{- define "model-api.unmeasured-json" -}}
{{- $wrong := list -}}
{{- $autoscaling := .Values.autoscaling -}}
{{- if and $autoscaling.enabled (eq $autoscaling.scope "pod") -}}
{{- $sidecars := list -}}
{{- range $number, $entry := .Values.extraContainers -}}
{{- $sidecars = append $sidecars (dict "where" (printf "extraContainers[%d]" $number) "entry" $entry) -}}
{{- end -}}
{{- range $number, $entry := .Values.extraInitContainers -}}
{{- if eq (toString $entry.restartPolicy) "Always" -}}
{{- $sidecars = append $sidecars (dict "where" (printf "extraInitContainers[%d]" $number) "entry" $entry) -}}
{{- end -}}
{{- end -}}
{{- range $sidecar := $sidecars -}}
{{- $resources := $sidecar.entry.resources | default dict -}}
{{- $amounts := mergeOverwrite dict ($resources.limits | default dict) ($resources.requests | default dict) -}}
{{- range $resource, $percent := dict "cpu" $autoscaling.targetCPUUtilizationPercentage "memory" $autoscaling.targetMemoryUtilizationPercentage -}}
{{- if and (gt (int $percent) 0) (kindIs "invalid" (index $amounts $resource)) -}}
{{- $wrong = append $wrong (printf "%s has no request for %s, so the autoscaler cannot compute the pods' use: add resources.requests.%s, or set autoscaling.scope to container." $sidecar.where $resource $resource) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* Strategic merge's other directives in patches, which would be sent to the API server as fields. */}}
{{- define "model-api.wrong-directives-json" -}}
{{- $wrong := list -}}
{{- range $manifest, $patch := .Values.patches -}}
{{- range $directive := include "model-api.directives-json" $patch | fromJsonArray -}}
{{- $wrong = append $wrong (printf "patches.%s: '%s' is not supported: use $patch: delete beside a name to remove an entry of a list, and null to remove a field." $manifest $directive) -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* Those at any depth of a value, as they are written. */}}
{{- define "model-api.directives-json" -}}
{{- $found := list -}}
{{- if kindIs "map" . -}}
{{- range $field, $value := . -}}
{{- if and (hasPrefix "$" $field) (not (and (eq $field "$patch") (eq (toString $value) "delete"))) -}}
{{- $found = append $found (printf "%s: %v" $field $value) -}}
{{- end -}}
{{- $found = concat $found (include "model-api.directives-json" $value | fromJsonArray) -}}
{{- end -}}
{{- else if kindIs "slice" . -}}
{{- range $value := . -}}
{{- $found = concat $found (include "model-api.directives-json" $value | fromJsonArray) -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}
