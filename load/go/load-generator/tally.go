package main

import (
	"math"
	"strconv"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// Examples of failures in one line.
const examplesKept = 10

// Counts of requests. Latency: how many took so many microseconds, to three digits; counts of several generators add
// up, and their percentiles are exact to three digits.
type counts struct {
	Requests uint64            `json:"requests"`
	Wrong    uint64            `json:"wrong,omitempty"`
	Failed   map[string]uint64 `json:"failed,omitempty"`
	Latency  map[string]uint64 `json:"latency"`
	// FailedLatency: the same of the failed ones alone.
	FailedLatency map[string]uint64 `json:"failed_latency,omitempty"`
}

func newCounts() *counts {
	return &counts{
		Failed: map[string]uint64{}, Latency: map[string]uint64{}, FailedLatency: map[string]uint64{},
	}
}

func (all *counts) add(found verdict, latency time.Duration) {
	all.Requests++
	all.Latency[threeDigits(latency)]++
	if found.failed != "" {
		all.Failed[found.failed]++
		all.FailedLatency[threeDigits(latency)]++
	}
	if found.wrong {
		all.Wrong++
	}
}

// Example of a failure. At: seconds since 1970 when it was answered.
type example struct {
	At    float64 `json:"at"`
	Kind  string  `json:"kind"`
	Words string  `json:"words"`
}

// Tally counts results: in all, and by the second in which they were due since the last line.
type tally struct {
	lock     sync.Mutex
	began    time.Time
	total    *counts
	seconds  map[string]*counts
	examples []example
	latest   time.Duration
}

func newTally() *tally {
	return &tally{began: time.Now(), total: newCounts(), seconds: map[string]*counts{}}
}

// add counts one result, which was due then.
func (tally *tally) add(result *vegeta.Result, found verdict, due time.Time) {
	tally.lock.Lock()
	defer tally.lock.Unlock()
	second := strconv.Itoa(int(due.Sub(tally.began) / time.Second))
	if tally.seconds[second] == nil {
		tally.seconds[second] = newCounts()
	}
	latency := result.End().Sub(due)
	tally.total.add(found, latency)
	tally.seconds[second].add(found, latency)
	if late := result.Timestamp.Sub(due); late > tally.latest {
		tally.latest = late
	}
	called := found.failed
	if found.wrong {
		called = "wrong answer"
	}
	if called != "" && len(tally.examples) < examplesKept {
		at := float64(result.End().UnixMilli()) / 1000
		tally.examples = append(tally.examples, example{at, called, found.words})
	}
}

// take is what came since the last call.
func (tally *tally) take() (map[string]*counts, []example) {
	tally.lock.Lock()
	defer tally.lock.Unlock()
	seconds, examples := tally.seconds, tally.examples
	tally.seconds, tally.examples = map[string]*counts{}, nil
	return seconds, examples
}

// sum is the last word.
func (tally *tally) sum(schedule *Schedule, stopped bool) *total {
	tally.lock.Lock()
	defer tally.lock.Unlock()
	said := &total{counts: tally.total, Seconds: time.Since(tally.began).Seconds(), Stopped: stopped}
	said.Late = float64(tally.latest.Microseconds()) / 1000
	if !stopped && !schedule.free() {
		said.Unsent = schedule.total - tally.total.Requests
	}
	return said
}

// threeDigits is a duration in microseconds, rounded to three digits.
func threeDigits(latency time.Duration) string {
	micros := float64(latency) / float64(time.Microsecond)
	if micros < 1 {
		micros = 1
	}
	scale := math.Pow(10, math.Max(0, math.Floor(math.Log10(micros))-2))
	return strconv.FormatUint(uint64(math.Round(micros/scale)*scale), 10)
}
