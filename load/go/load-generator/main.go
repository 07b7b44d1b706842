// The load generator: sends predictions at a schedule and says every second what came of them.
//
//	load-generator FILE    the plan stands in a file
//	load-generator -       the plan is the first line of standard input; the load ends when standard input does
//
// It writes a line of JSON for each thing that it has to say, numbered from 1 on (see lines.go). SIGTERM and SIGINT end
// the load at once: what is under way is cut and not counted. It ends with 0 when its schedule is done, 1 when it was
// stopped, 2 for a plan that cannot be sent, 3 when the question was refused or not answered before any load.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

const (
	statusStopped  = 1
	statusBadPlan  = 2
	statusNoAnswer = 3
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout))
}

func run(arguments []string, input io.Reader, output io.Writer) int {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	text, err := readPlan(arguments, input, stop)
	if err != nil {
		return refused(err)
	}
	plan, err := parsePlan(text)
	if err != nil {
		return refused(err)
	}
	question, err := plan.body()
	if err != nil {
		return refused(err)
	}
	target := vegeta.NewStaticTargeter(vegeta.Target{
		Method: "POST", URL: plan.URL, Body: question, Header: plan.header(),
	})
	lines := &writer{output: output, stop: stop}
	generator := generator{plan, target, &judge{rows: plan.Rows}, lines, stop}
	if !generator.asked() {
		return statusNoAnswer
	}
	if plan.Start != "" && !generator.waited() {
		return statusStopped
	}
	return generator.attack()
}

func refused(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return statusBadPlan
}

// readPlan reads the plan; where it comes from standard input, the end of that stops the load: the end of the process
// that has started this one is noticed so, however it came.
func readPlan(arguments []string, input io.Reader, stop chan<- os.Signal) ([]byte, error) {
	if len(arguments) != 1 {
		return nil, fmt.Errorf("usage: load-generator FILE, or - for a plan from standard input")
	}
	if arguments[0] != "-" {
		return os.ReadFile(arguments[0])
	}
	reader := bufio.NewReader(input)
	text, err := reader.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("no plan on standard input: %w", err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, reader)
		stop <- syscall.SIGTERM
	}()
	return text, nil
}

// now is seconds since 1970.
func now() float64 {
	return float64(time.Now().UnixMilli()) / 1000
}
