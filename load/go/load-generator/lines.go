package main

import (
	"encoding/json"
	"io"
	"os"
	"syscall"
)

// Line is what the generator says; one of its parts is set.
type line struct {
	Line int `json:"line"`
	// Asked: what came of the one question before the load.
	Asked *asked `json:"asked,omitempty"`
	// Waiting for the time to start; this generator's clock.
	Waiting float64 `json:"waiting,omitempty"`
	// Began: this generator's clock at the start.
	Began float64 `json:"began,omitempty"`
	// Seconds: what was answered since the line before, by the second in which it was due.
	Seconds  map[string]*counts `json:"seconds,omitempty"`
	Examples []example          `json:"examples,omitempty"`
	// Total: everything, in the last line.
	Total *total `json:"total,omitempty"`
}

type asked struct {
	Kind  string `json:"kind"`
	Words string `json:"words"`
}

// Total also says how many requests were due and never sent, and how late the latest one was sent (milliseconds).
type total struct {
	*counts
	Unsent  uint64  `json:"unsent"`
	Late    float64 `json:"late"`
	Seconds float64 `json:"seconds"`
	Stopped bool    `json:"stopped"`
}

// writer numbers the lines. When nobody reads them the load has to stop.
type writer struct {
	output io.Writer
	stop   chan<- os.Signal
	number int
}

func (lines *writer) write(said line) {
	lines.number++
	said.Line = lines.number
	text, err := json.Marshal(said)
	if err == nil {
		_, err = lines.output.Write(append(text, '\n'))
	}
	if err != nil {
		select {
		case lines.stop <- syscall.SIGTERM:
		default:
		}
	}
}
