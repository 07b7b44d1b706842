{{/* Annotations for each ingress controller: rate, body size, timeouts, redirect, prefix. */}}
{{- define "model-api.ingress-annotations-json" -}}
{{- $ingress := .Values.ingress -}}
{{- $rate := int $ingress.requestsPerSecond -}}
{{- $annotations := dict -}}
{{- if eq $ingress.dialect "ingress-nginx" -}}
{{- $prefix := "nginx.ingress.kubernetes.io/" -}}
{{- if gt $rate 0 -}}
{{- $_ := set $annotations (print $prefix "limit-rps") $rate -}}
{{- end -}}
{{- if .Values.server.tlsSecret -}}
{{- $_ := set $annotations (print $prefix "backend-protocol") "HTTPS" -}}
{{- end -}}
{{- $_ := set $annotations (print $prefix "proxy-body-size") (printf "%vm" .Values.server.maxBodyMegabytes) -}}
{{- $_ := set $annotations (print $prefix "proxy-request-buffering") "on" -}}
{{- $_ := set $annotations (print $prefix "proxy-connect-timeout") "1" -}}
{{- $_ := set $annotations (print $prefix "proxy-next-upstream-tries") "4" -}}
{{- range list "proxy-read-timeout" "proxy-send-timeout" -}}
{{- $_ := set $annotations (print $prefix .) $ingress.timeout -}}
{{- end -}}
{{- range list "ssl-redirect" "force-ssl-redirect" -}}
{{- $_ := set $annotations (print $prefix .) $ingress.tls.redirect -}}
{{- end -}}
{{- if include "model-api.prefix" $ -}}
{{- $_ := set $annotations (print $prefix "use-regex") "true" -}}
{{- $_ := set $annotations (print $prefix "rewrite-target") "/$2" -}}
{{- end -}}
{{- else if eq $ingress.dialect "openshift" -}}
{{- $prefix := "haproxy.router.openshift.io/" -}}
{{- /* The router counts a client's requests of the last ten seconds. Its cookie would bind a client to one pod. */ -}}
{{- if gt $rate 0 -}}
{{- $_ := set $annotations (print $prefix "rate-limit-connections") "true" -}}
{{- $_ := set $annotations (print $prefix "rate-limit-connections.rate-http") (mul 10 $rate) -}}
{{- end -}}
{{- $_ := set $annotations (print $prefix "timeout") (printf "%vs" $ingress.timeout) -}}
{{- $_ := set $annotations (print $prefix "disable_cookies") "true" -}}
{{- if include "model-api.prefix" $ -}}
{{- $_ := set $annotations (print $prefix "rewrite-target") (first $ingress.paths) -}}
{{- end -}}
{{- else if eq $ingress.dialect "f5-nginx" -}}
{{- $prefix := "nginx.org/" -}}
{{- if gt $rate 0 -}}
{{- $_ := set $annotations (print $prefix "limit-req-rate") (printf "%dr/s" $rate) -}}
{{- $_ := set $annotations (print $prefix "limit-req-key") "${binary_remote_addr}" -}}
{{- $_ := set $annotations (print $prefix "limit-req-burst") (mul 5 $rate) -}}
{{- $_ := set $annotations (print $prefix "limit-req-no-delay") "true" -}}
{{- $_ := set $annotations (print $prefix "limit-req-reject-code") "429" -}}
{{- end -}}
{{- if .Values.server.tlsSecret -}}
{{- $_ := set $annotations (print $prefix "ssl-services") (include "model-api.name" $) -}}
{{- end -}}
{{- $_ := set $annotations (print $prefix "client-max-body-size") (printf "%vm" .Values.server.maxBodyMegabytes) -}}
{{- $_ := set $annotations (print $prefix "proxy-connect-timeout") "1s" -}}
{{- $_ := set $annotations (print $prefix "proxy-next-upstream-tries") "4" -}}
{{- range list "proxy-read-timeout" "proxy-send-timeout" -}}
{{- $_ := set $annotations (print $prefix .) (printf "%vs" $ingress.timeout) -}}
{{- end -}}
{{- $_ := set $annotations (print $prefix "ssl-redirect") $ingress.tls.redirect -}}
{{- if include "model-api.prefix" $ -}}
{{- $_ := set $annotations (print $prefix "rewrites") (printf "serviceName=%s rewrite=/" (include "model-api.name" $)) -}}
{{- end -}}
{{- end -}}
{{- include "model-api.texts-json" $annotations -}}
{{- end -}}

{{/* The path before the release's paths, without the slash at its end. */}}
{{- define "model-api.prefix" -}}
{{- trimSuffix "/" (.Values.ingress.prefix | default "") -}}
{{- end -}}
