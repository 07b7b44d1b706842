package main

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Plan is what to send, as JSON.
type Plan struct {
	URL     string                     `json:"url"`
	Headers map[string]string          `json:"headers"`
	Body    map[string]json.RawMessage `json:"body"`
	// Rows is how often the body's first instance is repeated, and how many predictions are the right answer.
	Rows  int    `json:"rows"`
	Steps []Step `json:"steps"`
	// Of generators that start together, this one has number Number. Each sends every Of-th request of the schedule.
	Number int `json:"number"`
	Of     int `json:"of"`
	// NewConnections: a connection for each request.
	NewConnections bool `json:"new_connections"`
	// Workers is how many requests may be under way at once.
	Workers uint64 `json:"workers"`
	// Seconds until a request without an answer counts as failed.
	Timeout float64 `json:"timeout"`
	// Insecure: do not ask whose a certificate is.
	Insecure bool `json:"insecure"`
	// CA: certificates to trust, in PEM. "": those of the system.
	CA string `json:"ca"`
	// Start is a file that holds the time to start at, in seconds since 1970, once that is known. "": at once.
	Start string `json:"start"`
}

// Step is a constant rate for a while. Rate 0: as many requests as Workers connections get answered.
type Step struct {
	Rate    float64 `json:"rate"`
	Seconds float64 `json:"seconds"`
}

// Enough for a rate of hundreds with every answer late, and few enough for the ports of one address.
const mostWorkers = 10000

func parsePlan(text []byte) (Plan, error) {
	plan := Plan{Rows: 1, Of: 1, Workers: mostWorkers, Timeout: 30}
	if err := json.Unmarshal(text, &plan); err != nil {
		return plan, fmt.Errorf("the plan is not readable: %w", err)
	}
	target, err := url.Parse(plan.URL)
	if err != nil || target.Host == "" || (target.Scheme != "http" && target.Scheme != "https") {
		return plan, fmt.Errorf("url %q is no http or https address", plan.URL)
	}
	if len(plan.Steps) == 0 {
		return plan, errors.New("steps is empty: nothing would be sent")
	}
	for _, step := range plan.Steps {
		if step.Rate < 0 || step.Seconds <= 0 {
			return plan, fmt.Errorf("a step of %v requests a second for %v s cannot be sent", step.Rate, step.Seconds)
		}
		if step.Rate == 0 && len(plan.Steps) > 1 {
			return plan, errors.New("a step without a rate must be the only one")
		}
	}
	if _, readable := plan.authorities(); plan.CA != "" && !readable {
		return plan, errors.New("ca holds no certificate in PEM")
	}
	if plan.Rows < 1 || plan.Workers < 1 || plan.Timeout <= 0 || plan.Of < 1 || plan.Number < 0 || plan.Number >= plan.Of {
		return plan, errors.New("rows, workers, timeout or the share is out of range")
	}
	return plan, nil
}

// body is the question: the given one with its first instance as often as rows are asked for.
func (plan Plan) body() ([]byte, error) {
	var instances []json.RawMessage
	if err := json.Unmarshal(plan.Body["instances"], &instances); err != nil || len(instances) == 0 {
		return nil, errors.New("body has no list of instances")
	}
	repeated := make([]json.RawMessage, plan.Rows)
	for row := range repeated {
		repeated[row] = instances[0]
	}
	question := make(map[string]any, len(plan.Body))
	for key, value := range plan.Body {
		question[key] = value
	}
	question["instances"] = repeated
	return json.Marshal(question)
}

// authorities are the certificates in CA, and whether there is one.
func (plan Plan) authorities() (*x509.CertPool, bool) {
	pool := x509.NewCertPool()
	return pool, pool.AppendCertsFromPEM([]byte(plan.CA))
}

func (plan Plan) header() http.Header {
	header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"modelops.serving load test"}}
	for key, value := range plan.Headers {
		header.Set(key, value)
	}
	return header
}

// serverName is the host that TLS asks for: an Ingress that is asked by its address has the certificate of the host that
// the Host header names. "": the host of the URL.
func (plan Plan) serverName() string {
	host := plan.Headers["Host"]
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

func (plan Plan) timeout() time.Duration {
	return seconds(plan.Timeout)
}

func seconds(number float64) time.Duration {
	return time.Duration(number * float64(time.Second))
}
