{{/*
A sentence for each text that has not the form that it must have. The rules are the role's: files/forms.json is written from
them.
*/}}
{{- define "model-api.misshapen-json" -}}
{{- $known := .Files.Get "files/forms.json" | fromJson -}}
{{- $wrong := list -}}
{{- range $rule := $known.rules -}}
{{- $value := $.Values -}}
{{- range $part := splitList "." $rule.path -}}
{{- $value = index ($value | default dict) $part -}}
{{- end -}}
{{- range $at := include "model-api.texts-at-json" (dict "rule" $rule "value" $value) | fromJsonArray -}}
{{- $text := $at.text -}}
{{- if and $rule.or_nothing (has (lower $text) $known.nothing) -}}
{{- $wrong = append $wrong (printf "%s ('%s') is a word for nothing: leave it empty, as in %s=''." $at.where $text $rule.path) -}}
{{- else if or (and $rule.optional (not $text)) (has $text $rule.known) -}}
{{- else if or (not $text) (gt (len $text) (int $rule.length)) (not (regexMatch $rule.pattern $text)) (and $rule.but (regexMatch $rule.but $text)) -}}
{{- $sentence := $rule.sentence | replace "{path}" $rule.path -}}
{{- range $name, $shown := $at -}}
{{- $sentence = replace (printf "{%s}" $name) (trunc 80 $shown) $sentence -}}
{{- end -}}
{{- $wrong = append $wrong $sentence -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/*
Every text that a rule is for, and where it stands. Takes a dictionary: rule, and value, which is a text, or has texts as its
entries, in its list, or in a field of the objects in its list.
*/}}
{{- define "model-api.texts-at-json" -}}
{{- $rule := .rule -}}
{{- $texts := list -}}
{{- if kindIs "map" .value -}}
{{- range $name, $item := .value -}}
{{- $text := ternary $name (include "model-api.text" $item) $rule.keys -}}
{{- $texts = append $texts (dict "where" (printf "%s.%s" $rule.path $name) "key" $name "text" $text) -}}
{{- end -}}
{{- else if kindIs "slice" .value -}}
{{- range $number, $item := .value -}}
{{- $entry := printf "%s[%d]" $rule.path $number -}}
{{- if $rule.field -}}
{{- $target := printf "%s/%s" (include "model-api.text" $item.name) (include "model-api.text" $item.version) -}}
{{- $where := printf "%s.%s" $entry $rule.field -}}
{{- $texts = append $texts (dict "where" $where "entry" $entry "target" $target "text" (include "model-api.text" (index $item $rule.field))) -}}
{{- else -}}
{{- $texts = append $texts (dict "where" $entry "text" (include "model-api.text" $item)) -}}
{{- end -}}
{{- end -}}
{{- else if not (or $rule.keys $rule.field) -}}
{{- $texts = append $texts (dict "where" $rule.path "text" (include "model-api.text" .value)) -}}
{{- end -}}
{{- toJson $texts -}}
{{- end -}}
