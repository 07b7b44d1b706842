package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAPlanHasDefaults(t *testing.T) {
	found, err := parsePlan([]byte(`{"url": "http://here/predict", "steps": [{"rate": 1, "seconds": 1}]}`))
	if err != nil || found.Rows != 1 || found.Of != 1 || found.Timeout != 30 || found.Workers != mostWorkers {
		t.Errorf("%+v %v", found, err)
	}
}

func TestWhatCannotBeSentIsRefused(t *testing.T) {
	for text, words := range map[string]string{
		`nothing`: "not readable",
		`{"url": "here", "steps": [{"rate": 1, "seconds": 1}]}`:                                   "no http or https",
		`{"url": "http://here"}`:                                                                  "steps is empty",
		`{"url": "http://here", "steps": [{"rate": -1, "seconds": 1}]}`:                           "cannot be sent",
		`{"url": "http://here", "steps": [{"rate": 1, "seconds": 0}]}`:                            "cannot be sent",
		`{"url": "http://here", "steps": [{"rate": 0, "seconds": 1}, {"rate": 1, "seconds": 1}]}`: "only one",
		`{"url": "http://here", "steps": [{"rate": 1, "seconds": 1}], "number": 2, "of": 2}`:      "out of range",
		`{"url": "http://here", "steps": [{"rate": 1, "seconds": 1}], "rows": -1}`:                "out of range",
		`{"url": "https://here", "steps": [{"rate": 1, "seconds": 1}], "ca": "none"}`:             "no certificate",
	} {
		if _, err := parsePlan([]byte(text)); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestTheFirstInstanceIsRepeated(t *testing.T) {
	asked := Plan{Rows: 3, Body: map[string]json.RawMessage{
		"instances": json.RawMessage(`[[1.50, 2], [3, 4]]`), "parameters": json.RawMessage(`{"a": 1}`),
	}}
	found, err := asked.body()
	if err != nil || string(found) != `{"instances":[[1.50,2],[1.50,2],[1.50,2]],"parameters":{"a":1}}` {
		t.Errorf("%s %v", found, err)
	}
	asked.Body = map[string]json.RawMessage{"inputs": json.RawMessage(`[]`)}
	if _, err := asked.body(); err == nil {
		t.Error("a body without instances")
	}
}

func TestTlsAsksForTheHostOfTheHeader(t *testing.T) {
	for host, name := range map[string]string{"": "", "models.example.org": "models.example.org", "here:8443": "here"} {
		if found := (Plan{Headers: map[string]string{"Host": host}}).serverName(); found != name {
			t.Errorf("%q: %q", host, found)
		}
	}
}
