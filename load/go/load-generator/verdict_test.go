package main

import (
	"strings"
	"testing"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

func TestVerdicts(t *testing.T) {
	for name, one := range map[string]struct {
		result vegeta.Result
		failed string
		wrong  bool
	}{
		"right":            {vegeta.Result{Code: 200, Body: []byte(`{"predictions": [1, {"a": 2}]}`)}, "", false},
		"one too few":      {vegeta.Result{Code: 200, Body: []byte(`{"predictions": [1]}`)}, "", true},
		"no JSON":          {vegeta.Result{Code: 200, Body: []byte(`<html>`)}, "", true},
		"nothing":          {vegeta.Result{Code: 200}, "", true},
		"status":           {vegeta.Result{Code: 504, Error: "504 Gateway Timeout"}, "504", false},
		"redirect":         {vegeta.Result{Code: 308}, "308", false},
		"refused":          {vegeta.Result{Error: `Post "x": dial tcp 1.2.3.4:80: connect: connection refused`}, "connection refused", false},
		"unknown name":     {vegeta.Result{Error: `Post "x": dial tcp: lookup x on 10.0.0.1:53: no such host`}, "name not resolved", false},
		"time-out":         {vegeta.Result{Error: `Post "x": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`}, "no answer in time", false},
		"reset":            {vegeta.Result{Error: `Post "x": read tcp a->b: read: connection reset by peer`}, "connection reset", false},
		"closed":           {vegeta.Result{Error: `Post "x": EOF`}, "connection closed", false},
		"cut while read":   {vegeta.Result{Code: 200, Error: "unexpected EOF"}, "connection closed", false},
		"certificate":      {vegeta.Result{Error: `Post "x": tls: failed to verify certificate: x509: unknown authority`}, "certificate", false},
		"never seen words": {vegeta.Result{Error: "gremlins"}, "no answer", false},
	} {
		found := (&judge{rows: 2}).verdict(&one.result)
		if found.failed != one.failed || found.wrong != one.wrong {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

func TestWordsAreShortAndText(t *testing.T) {
	found := short(strings.Repeat("ü", 400) + "\xff")
	if len(found) > wordsKept+4 || !strings.HasSuffix(found, "…") || strings.ContainsRune(found, '\uFFFD') {
		t.Errorf("%q", found)
	}
	if short("a\xffb") != "a\uFFFDb" {
		t.Errorf("%q", short("a\xffb"))
	}
}

func TestOnlyTheQuestionStopsALoadBeforeItBegins(t *testing.T) {
	for failed, refused := range map[string]bool{
		"": false, "500": false, "503": false, "504": false, "429": false, "408": false,
		"400": true, "401": true, "404": true, "413": true, "422": true, "308": true,
		"connection refused": true, "name not resolved": true,
	} {
		if refuses(failed) != refused {
			t.Errorf("%q", failed)
		}
	}
}

func TestAnAnswerThatWasRightBeforeIsRightAgainAndOthersAreRead(t *testing.T) {
	judge := &judge{rows: 1}
	for number, one := range []struct {
		body  string
		wrong bool
	}{{`{"predictions": [1]}`, false}, {`{"predictions": [1]}`, false}, {`{"predictions": []}`, true}, {`{"predictions": [2]}`, false}} {
		if found := judge.verdict(&vegeta.Result{Code: 200, Body: []byte(one.body)}); found.wrong != one.wrong {
			t.Errorf("answer %d: %+v", number, found)
		}
	}
}
