{{/*
An object of the release, with the patch that the user gave for it. Takes a dictionary: root, and the manifest's name, which is
the role's, as in patches. Without a patch the text stays as it is written.
*/}}
{{- define "model-api.manifest" -}}
{{- $text := include (print "model-api.manifest." .manifest) .root | trim -}}
{{- $patch := index (.root.Values.patches | default dict) .manifest -}}
{{- if not $patch -}}
{{- $text -}}
{{- else if not $text -}}
{{- fail (printf "patches.%s: this release has no such object: switch it on, or remove the patch." .manifest) -}}
{{- else -}}
{{- include "model-api.patched-json" (dict "base" (fromYaml $text) "patch" $patch) | fromJson | toYaml -}}
{{- end -}}
{{- end -}}

{{/*
A dictionary with a patch merged into it. A field that is null in the patch is removed; lists whose entries all have a name
are merged by it, and other lists are replaced. Takes a dictionary: base and patch.
*/}}
{{- define "model-api.patched-json" -}}
{{- $result := deepCopy .base -}}
{{- range $field, $value := .patch -}}
{{- $was := index $result $field -}}
{{- if kindIs "invalid" $value -}}
{{- $_ := unset $result $field -}}
{{- else if kindIs "map" $value -}}
{{- $base := ternary $was dict (kindIs "map" $was) -}}
{{- $_ := set $result $field (include "model-api.patched-json" (dict "base" $base "patch" $value) | fromJson) -}}
{{- else if and (kindIs "slice" $value) (include "model-api.named" $value) (include "model-api.named" ($was | default list)) -}}
{{- $_ := set $result $field (include "model-api.patched-list-json" (dict "base" ($was | default list) "patch" $value) | fromJsonArray) -}}
{{- else -}}
{{- $_ := set $result $field $value -}}
{{- end -}}
{{- end -}}
{{- toJson $result -}}
{{- end -}}

{{/* A list with a patch merged into it by the names of their entries; $patch: delete removes one. Takes base and patch. */}}
{{- define "model-api.patched-list-json" -}}
{{- $result := ternary .base list (not (empty .patch)) -}}
{{- range $change := .patch -}}
{{- $kept := list -}}
{{- $found := false -}}
{{- $delete := eq (index $change "$patch" | default "") "delete" -}}
{{- range $entry := $result -}}
{{- if not (deepEqual $entry.name $change.name) -}}
{{- $kept = append $kept $entry -}}
{{- else -}}
{{- $found = true -}}
{{- if not $delete -}}
{{- $kept = append $kept (include "model-api.patched-json" (dict "base" $entry "patch" $change) | fromJson) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not (or $found $delete) -}}
{{- $kept = append $kept (include "model-api.patched-json" (dict "base" dict "patch" $change) | fromJson) -}}
{{- end -}}
{{- $result = $kept -}}
{{- end -}}
{{- toJson $result -}}
{{- end -}}

{{/* Whether a value is a list whose entries all have a name: "true" or "". */}}
{{- define "model-api.named" -}}
{{- $named := kindIs "slice" . -}}
{{- if $named -}}
{{- range . -}}
{{- if not (and (kindIs "map" .) (hasKey . "name")) -}}{{- $named = false -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- if $named }}true{{ end -}}
{{- end -}}
