// The custom resource definitions of the kinds that the role makes beside those of Kubernetes, and of the ExternalSecret:
// of the Prometheus Operator and the Gateway API in the versions that are built for other tests.
module modelops.serving/definitions

go 1.26.0

require (
	github.com/envoyproxy/gateway v1.9.1
	github.com/external-secrets/external-secrets v0.16.2
	github.com/openshift/api v0.0.0-20251015095338-264e80a2b6e7
	github.com/prometheus-operator/prometheus-operator v0.85.0
	k8s.io/autoscaler/vertical-pod-autoscaler v1.8.1
	sigs.k8s.io/gateway-api v1.6.3
)
