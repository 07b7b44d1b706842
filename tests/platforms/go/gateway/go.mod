// The custom resource definitions of the Gateway API, in the version that Traefik is built with.
module modelops.serving/gateway

go 1.26.4

require sigs.k8s.io/gateway-api v1.6.3
