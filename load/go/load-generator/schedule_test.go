package main

import (
	"testing"
	"time"
)

func plan(steps ...Step) Plan {
	return Plan{Steps: steps, Of: 1, Rows: 1}
}

func TestStepsFollowEachOtherWithoutAGap(t *testing.T) {
	schedule := newSchedule(plan(Step{2, 2}, Step{10, 1}))
	if schedule.total != 14 || schedule.length != 3*time.Second {
		t.Fatalf("%d requests in %v", schedule.total, schedule.length)
	}
	for request, due := range map[uint64]time.Duration{
		0: 0, 1: 500 * time.Millisecond, 3: 1500 * time.Millisecond, 4: 2 * time.Second, 5: 2100 * time.Millisecond,
	} {
		if found := schedule.due(request); found != due {
			t.Errorf("request %d is due after %v, not %v", request, found, due)
		}
	}
}

func TestGeneratorsTogetherSendWhatOneWouldSend(t *testing.T) {
	steps := []Step{{3, 1}, {7, 2}}
	whole := newSchedule(plan(steps...))
	due := map[time.Duration]int{}
	sent := uint64(0)
	for number := range 3 {
		shared := plan(steps...)
		shared.Number, shared.Of = number, 3
		schedule := newSchedule(shared)
		sent += schedule.total
		for request := range schedule.total {
			due[schedule.due(request)]++
		}
	}
	if sent != whole.total {
		t.Fatalf("%d requests, not %d", sent, whole.total)
	}
	for request := range whole.total {
		if due[whole.due(request)] != 1 {
			t.Errorf("nobody or several send what is due after %v", whole.due(request))
		}
	}
}

func TestMoreGeneratorsThanRequests(t *testing.T) {
	shared := plan(Step{1, 2})
	shared.Number, shared.Of = 4, 5
	schedule := newSchedule(shared)
	if _, stop := schedule.Pace(0, 0); schedule.total != 0 || !stop {
		t.Errorf("%d requests", schedule.total)
	}
}

func TestItWaitsForWhatIsDueAndNeverForWhatIsLate(t *testing.T) {
	schedule := newSchedule(plan(Step{10, 1}))
	if wait, stop := schedule.Pace(100*time.Millisecond, 3); wait != 200*time.Millisecond || stop {
		t.Errorf("wait %v", wait)
	}
	if wait, stop := schedule.Pace(900*time.Millisecond, 3); wait > 0 || stop {
		t.Errorf("wait %v for a request that is late", wait)
	}
	if _, stop := schedule.Pace(900*time.Millisecond, 10); !stop {
		t.Error("it sends more than the schedule has")
	}
}

func TestWithoutARateItSendsUntilItsTimeIsOver(t *testing.T) {
	schedule := newSchedule(plan(Step{0, 2}))
	if wait, stop := schedule.Pace(time.Second, 100000); wait != 0 || stop {
		t.Errorf("wait %v, stop %v", wait, stop)
	}
	if _, stop := schedule.Pace(2*time.Second, 100000); !stop {
		t.Error("it goes on after its time")
	}
}
