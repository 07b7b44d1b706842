package main

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// As many as may be under way: a connection that was needed in a stall is kept for the next one.
const idleConnections = mostWorkers

// newClient speaks HTTP/1.1, as clients of a model do: over HTTP/2 all requests would share one connection.
func newClient(plan Plan) *http.Client {
	dialer := net.Dialer{Timeout: plan.timeout(), KeepAlive: 30 * time.Second}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         dialer.DialContext,
			TLSClientConfig:     trust(plan),
			MaxIdleConnsPerHost: idleConnections,
			DisableKeepAlives:   plan.NewConnections,
		},
		Timeout: plan.timeout(),
		// Where the service has moved to is for the caller to ask: a redirect is not an answer.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// trust says whose certificates are accepted.
func trust(plan Plan) *tls.Config {
	config := &tls.Config{InsecureSkipVerify: plan.Insecure, ServerName: plan.serverName()}
	if plan.CA != "" {
		config.RootCAs, _ = plan.authorities()
	}
	return config
}
