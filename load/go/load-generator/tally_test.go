package main

import (
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

func TestThreeDigits(t *testing.T) {
	for latency, digits := range map[time.Duration]string{
		0: "1", 400 * time.Nanosecond: "1", 7 * time.Microsecond: "7", 999 * time.Microsecond: "999",
		1234 * time.Microsecond: "1230", 1235 * time.Microsecond: "1240", 999999 * time.Microsecond: "1000000",
		30 * time.Second: "30000000", 2345678 * time.Microsecond: "2350000",
	} {
		if found := threeDigits(latency); found != digits {
			t.Errorf("%v: %s, not %s", latency, found, digits)
		}
	}
}

func TestLatencyIsFromWhenARequestWasDue(t *testing.T) {
	counted := newTally()
	due := counted.began.Add(1500 * time.Millisecond)
	// Sent a second late, answered after another.
	result := &vegeta.Result{Timestamp: due.Add(time.Second), Latency: time.Second}
	counted.add(result, verdict{failed: "504"}, due)
	found, examples := counted.take()
	if found["1"].Latency["2000000"] != 1 || found["1"].Failed["504"] != 1 {
		t.Errorf("%+v", found["1"])
	}
	if len(examples) != 1 || examples[0].Kind != "504" {
		t.Errorf("%+v", examples)
	}
	if again, more := counted.take(); len(again) != 0 || len(more) != 0 {
		t.Error("what was said is said again")
	}
	said := counted.sum(newSchedule(plan(Step{1, 3})), false)
	if said.Requests != 1 || said.Unsent != 2 || said.Late != 1000 {
		t.Errorf("%+v", said)
	}
}
