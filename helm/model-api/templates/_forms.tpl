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
{{- else if or (not $text) (gt (len $text) (int $rule.length)) (not (regexMatch $rule.pattern $text)) (and $rule.but (regexMatch $rule.but $text)) (and $rule.range (include "model-api.has-bits-beyond" $text)) -}}
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

{{/* Whether an address range has bits beyond its prefix. */}}
{{- define "model-api.has-bits-beyond" -}}
{{- $parts := splitList "/" . -}}
{{- $bits := include "model-api.bits" (first $parts) -}}
{{- if contains "1" (substr (last $parts | atoi) (len $bits) $bits) }}true{{ end -}}
{{- end -}}

{{/* An address as ones and zeros. */}}
{{- define "model-api.bits" -}}
{{- if not (contains ":" .) -}}
{{- range splitList "." . }}{{ atoi . | printf "%08b" }}{{ end -}}
{{- else -}}
{{- $halves := splitList "::" . -}}
{{- $before := compact (splitList ":" (first $halves)) -}}
{{- $after := compact (splitList ":" (ternary (last $halves) "" (gt (len $halves) 1))) -}}
{{- $bits := dict "0" "0000" "1" "0001" "2" "0010" "3" "0011" "4" "0100" "5" "0101" "6" "0110" "7" "0111" "8" "1000" "9" "1001" "a" "1010" "b" "1011" "c" "1100" "d" "1101" "e" "1110" "f" "1111" -}}
{{- $zeros := list -}}
{{- range until (sub 8 (len (concat $before $after)) | int) }}{{ $zeros = append $zeros "0" }}{{ end -}}
{{- range concat $before $zeros $after -}}
{{- range splitList "" (printf "%04s" (lower .) | replace " " "0") }}{{ index $bits . }}{{ end -}}
{{- end -}}
{{- end -}}
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

{{/* A sentence for each of the server's settings that has not the value that it must have. */}}
{{- define "model-api.wrong-settings-json" -}}
{{- $known := (.Files.Get "files/forms.json" | fromJson).settings -}}
{{- $wrong := list -}}
{{- range $name, $text := include "model-api.texts-json" .Values.server.settings | fromJson -}}
{{- with index $known $name -}}
{{- $must := .must -}}
{{- $fits := true -}}
{{- if .choices -}}
{{- $fits = has ($text | trim | lower) .choices -}}
{{- else -}}
{{- $must = printf "%s from %s to %s" (ternary "a whole number" "a number" .whole) (include "model-api.text" .from) (include "model-api.text" .to) -}}
{{- $fits = regexMatch (ternary "^[-+]?[0-9]+$" "^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$" .whole) ($text | trim) -}}
{{- if $fits }}{{ $fits = and (ge (float64 ($text | trim)) (float64 .from)) (le (float64 ($text | trim)) (float64 .to)) }}{{ end -}}
{{- end -}}
{{- if not $fits -}}
{{- $wrong = append $wrong (printf "server.settings.%s ('%s') must be %s." $name (trunc 80 $text) $must) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}

{{/* An amount of Kubernetes, such as 500m or 2Gi, as a number. */}}
{{- define "model-api.amount" -}}
{{- $factors := dict "" 1 "n" 1e-9 "u" 1e-6 "m" 1e-3 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "Pi" 1125899906842624 "Ei" 1152921504606846976 -}}
{{- $unit := regexFind "[a-zA-Z]*$" . -}}
{{- mulf (trimSuffix $unit . | float64) (index $factors $unit | default 0 | float64) -}}
{{- end -}}

{{/* A sentence for each request of the server's container that is above its limit. */}}
{{- define "model-api.above-limits-json" -}}
{{- $wrong := list -}}
{{- $resources := .Values.resources -}}
{{- range $name := list "cpu" "memory" "ephemeral-storage" -}}
{{- $request := include "model-api.text" (index $resources.requests $name) -}}
{{- $limit := include "model-api.text" (index $resources.limits $name) -}}
{{- $amount := "^([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]+|[numkKMGTPE]i?)?$" -}}
{{- if and (regexMatch $amount $request) (regexMatch $amount $limit) -}}
{{- if gt (include "model-api.amount" $request | float64) (include "model-api.amount" $limit | float64) -}}
{{- $wrong = append $wrong (printf "resources.requests.%s (%s) is above resources.limits.%s (%s): lower one or raise the other." $name $request $name $limit) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $wrong -}}
{{- end -}}
