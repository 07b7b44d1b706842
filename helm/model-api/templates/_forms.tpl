{{/*
A sentence for each text that has not the form that it must have. The forms are the role's: files/forms.json is written from
them.
*/}}
{{- define "model-api.misshapen-json" -}}
{{- $known := .Files.Get "files/forms.json" | fromJson -}}
{{- $wrong := list -}}
{{- range $form := $known.forms -}}
{{- $value := $.Values -}}
{{- range $part := splitList "." $form.path -}}
{{- $value = index ($value | default dict) $part -}}
{{- end -}}
{{- range $where, $text := include "model-api.texts-at-json" (dict "where" $form.path "value" $value) | fromJson -}}
{{- if and $form.optional (has (lower $text) $known.nothing) -}}
{{- $wrong = append $wrong (printf "%s ('%s') is a word for nothing: leave it empty, as in %s=''." $where $text $form.path) -}}
{{- else if and $form.optional (not $text) -}}
{{- else if or (not $text) (gt (len $text) (int $form.length)) (not (regexMatch $form.pattern $text)) (and $form.but (regexMatch $form.but $text)) -}}
{{- $wrong = append $wrong (printf "%s ('%s') must be %s." $where (trunc 80 $text) $form.must) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* Every text of a value by the place where it stands. Of a list of objects those are their names. */}}
{{- define "model-api.texts-at-json" -}}
{{- $where := .where -}}
{{- $texts := dict -}}
{{- if kindIs "map" .value -}}
{{- range $name, $item := .value -}}
{{- $_ := set $texts (printf "%s.%s" $where $name) (include "model-api.text" $item) -}}
{{- end -}}
{{- else if kindIs "slice" .value -}}
{{- range $number, $item := .value -}}
{{- if kindIs "map" $item -}}
{{- $_ := set $texts (printf "%s[%d].name" $where $number) (include "model-api.text" $item.name) -}}
{{- else -}}
{{- $_ := set $texts (printf "%s[%d]" $where $number) (include "model-api.text" $item) -}}
{{- end -}}
{{- end -}}
{{- else -}}
{{- $_ := set $texts $where (include "model-api.text" .value) -}}
{{- end -}}
{{- toJson $texts -}}
{{- end -}}
