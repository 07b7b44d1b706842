package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

const (
	tries      = 3
	tryAgain   = time.Second
	sayWaiting = time.Second
	pollStart  = 50 * time.Millisecond
	sayCounts  = time.Second
)

// Generator asks once, waits for its start, and attacks.
type generator struct {
	plan   Plan
	target vegeta.Targeter
	judge  *judge
	lines  *writer
	stop   chan os.Signal
}

func (generator generator) attacker(workers uint64) *vegeta.Attacker {
	return vegeta.NewAttacker(
		vegeta.Client(newClient(generator.plan)), vegeta.Workers(min(workers, 10)), vegeta.MaxWorkers(workers),
	)
}

// asked sends the question once. No load may start when nobody answers, or when the question itself is refused: what
// else goes wrong is what a load test is there to count.
func (generator generator) asked() bool {
	var found verdict
	for try := 0; try < tries; try++ {
		if try > 0 && !generator.paused(tryAgain) {
			return false
		}
		result := <-generator.attacker(1).Attack(generator.target, once{}, 0, "")
		found = generator.judge.verdict(result)
		if result.Code != 0 {
			break
		}
	}
	generator.lines.write(line{Asked: &asked{found.failed, found.words}})
	return !refuses(found.failed)
}

// refuses: no answer at all, a redirect, or a status that blames the question. 408 and 429 blame the load.
func refuses(failed string) bool {
	if failed == "" || failed == "408" || failed == "429" {
		return false
	}
	status, err := strconv.Atoi(failed)
	return err != nil || status < 500
}

// once is the pacer of a single request.
type once struct{}

func (once) Pace(_ time.Duration, sent uint64) (time.Duration, bool) { return 0, sent > 0 }
func (once) Rate(time.Duration) float64                              { return 0 }

// waited: until the time in the file has come; false when it was stopped before.
func (generator generator) waited() bool {
	said := time.Time{}
	for {
		if start, known := startTime(generator.plan.Start); known {
			return generator.paused(time.Until(start))
		}
		if time.Since(said) >= sayWaiting {
			generator.lines.write(line{Waiting: now()})
			said = time.Now()
		}
		if !generator.paused(pollStart) {
			return false
		}
	}
}

func (generator generator) paused(pause time.Duration) bool {
	select {
	case <-generator.stop:
		return false
	case <-time.After(pause):
		return true
	}
}

func startTime(file string) (time.Time, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return time.Time{}, false
	}
	start, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
	if err != nil {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(start * 1000)), true
}

// attack sends the whole schedule, or until it is stopped, and says every second what was answered.
func (generator generator) attack() int {
	schedule, counted := newSchedule(generator.plan), newTally()
	attacker := generator.attacker(generator.plan.Workers)
	generator.lines.write(line{Began: now()})
	// What could not be sent until then is not sent any more.
	ends := time.AfterFunc(schedule.length+grace, func() { attacker.Stop() })
	defer ends.Stop()
	ended := generator.count(attacker.Attack(generator.target, schedule, 0, ""), schedule, counted)
	tick := time.NewTicker(sayCounts)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			generator.say(counted)
		case <-ended:
			generator.say(counted)
			generator.lines.write(line{Total: counted.sum(schedule, false)})
			return 0
		case <-generator.stop:
			attacker.Stop()
			generator.say(counted)
			generator.lines.write(line{Total: counted.sum(schedule, true)})
			return statusStopped
		}
	}
}

// count judges the results as they come, on every processor, for answers may be large; closed when there are no more.
func (generator generator) count(results <-chan *vegeta.Result, schedule *Schedule, counted *tally) <-chan struct{} {
	var judges sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		judges.Go(func() {
			for result := range results {
				due := schedule.dueAt(result.Seq, result.Timestamp)
				counted.add(result, generator.judge.verdict(result), due)
			}
		})
	}
	ended := make(chan struct{})
	go func() {
		judges.Wait()
		close(ended)
	}()
	return ended
}

func (generator generator) say(counted *tally) {
	found, examples := counted.take()
	generator.lines.write(line{Seconds: found, Examples: examples})
}
