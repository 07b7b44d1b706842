package main

import (
	"sort"
	"sync/atomic"
	"time"
)

// Grace is how long after its end a schedule still sends what was due before.
const grace = time.Second

// Schedule says when each request is due. It is the pacer of vegeta's attack: requests come at their time however long
// the answers take, and one that is sent late is still measured from when it was due.
type Schedule struct {
	parts      []part
	length     time.Duration
	number, of uint64
	total      uint64
	began      atomic.Pointer[time.Time]
}

// part is one step with what comes before it.
type part struct {
	start  time.Duration
	before uint64
	count  uint64
	rate   float64
}

func newSchedule(plan Plan) *Schedule {
	schedule := &Schedule{number: uint64(plan.Number), of: uint64(plan.Of)}
	all := uint64(0)
	for _, step := range plan.Steps {
		count := uint64(step.Rate*step.Seconds + 0.5)
		schedule.parts = append(schedule.parts, part{schedule.length, all, count, step.Rate})
		schedule.length += seconds(step.Seconds)
		all += count
	}
	if all > schedule.number {
		schedule.total = (all - schedule.number + schedule.of - 1) / schedule.of
	}
	return schedule
}

// free: as fast as the answers come.
func (schedule *Schedule) free() bool {
	return schedule.parts[0].rate == 0
}

// due is when this generator's request is due, from the start.
func (schedule *Schedule) due(request uint64) time.Duration {
	index := request*schedule.of + schedule.number
	after := sort.Search(len(schedule.parts), func(at int) bool { return schedule.parts[at].before > index })
	found := schedule.parts[after-1]
	return found.start + seconds(float64(index-found.before)/found.rate)
}

// Pace is asked by vegeta before each request: how long to wait, and whether to stop.
func (schedule *Schedule) Pace(elapsed time.Duration, sent uint64) (time.Duration, bool) {
	if schedule.began.Load() == nil {
		began := time.Now().Add(-elapsed)
		schedule.began.Store(&began)
	}
	if schedule.free() {
		return 0, elapsed >= schedule.length
	}
	if sent >= schedule.total {
		return 0, true
	}
	return schedule.due(sent) - elapsed, false
}

// Rate is what vegeta shows of a pacer; nobody reads it here.
func (schedule *Schedule) Rate(time.Duration) float64 {
	return schedule.parts[0].rate
}

// dueAt is when a request was due; without a rate, when it was sent.
func (schedule *Schedule) dueAt(request uint64, sent time.Time) time.Time {
	if schedule.free() {
		return sent
	}
	return schedule.began.Load().Add(schedule.due(request))
}
