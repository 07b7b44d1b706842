package main

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"sync/atomic"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// Verdict of one request: Failed is "" or the status or kind of the failure; Wrong: answered, but not as asked.
type verdict struct {
	failed string
	wrong  bool
	words  string
}

// What errors of the connection say, and what they are called. The first that is found counts.
var kinds = []struct{ said, kind string }{
	{"no such host", "name not resolved"},
	{"server misbehaving", "name not resolved"},
	{"lookup ", "name not resolved"},
	{"connection refused", "connection refused"},
	{"connection reset", "connection reset"},
	{"broken pipe", "connection reset"},
	{"Client.Timeout", "no answer in time"},
	{"deadline exceeded", "no answer in time"},
	{"i/o timeout", "no answer in time"},
	{"no route to host", "no route"},
	{"network is unreachable", "no route"},
	{"cannot assign requested address", "no free port here"},
	{"too many open files", "no free port here"},
	{"certificate", "certificate"},
	{"x509", "certificate"},
	{"tls:", "TLS"},
	{"server gave HTTP response to HTTPS client", "TLS"},
	{"EOF", "connection closed"},
	{"server closed", "connection closed"},
	{"malformed HTTP", "no HTTP"},
}

const wordsKept = 300

// Judge of answers. Right is the body of one that was right: the question is always the same, so that most answers are
// this one, and to compare costs a hundredth of reading thousands of predictions.
type judge struct {
	rows  int
	right atomic.Pointer[[]byte]
}

func (judge *judge) verdict(result *vegeta.Result) verdict {
	switch {
	case result.Code == 0:
		return verdict{failed: kind(result.Error), words: short(result.Error)}
	case result.Code < 200 || result.Code > 299:
		return verdict{failed: strconv.Itoa(int(result.Code)), words: short(string(result.Body))}
	case result.Error != "":
		// The answer was cut while it was read.
		return verdict{failed: kind(result.Error), words: short(result.Error)}
	}
	if right := judge.right.Load(); right != nil && bytes.Equal(*right, result.Body) {
		return verdict{}
	}
	var answer struct {
		Predictions []json.RawMessage `json:"predictions"`
	}
	if err := json.Unmarshal(result.Body, &answer); err != nil || len(answer.Predictions) != judge.rows {
		return verdict{wrong: true, words: short(string(result.Body))}
	}
	judge.right.Store(&result.Body)
	return verdict{}
}

func kind(said string) string {
	for _, known := range kinds {
		if strings.Contains(said, known.said) {
			return known.kind
		}
	}
	return "no answer"
}

func short(words string) string {
	words = strings.ToValidUTF8(words, "\uFFFD")
	if len(words) > wordsKept {
		words = strings.ToValidUTF8(words[:wordsKept], "") + "…"
	}
	return words
}
