// Command load asks from keep-alive clients that each wait for their answer: it posts one body per
// line, or with -get asks for one path per line, beginning again after the last.
//
//	load -url URL -clients N -seconds S -bodies FILE [-get] [-header "Name: value"]...
//
// It prints one JSON line: answers by status, and the latency quantiles in milliseconds. It is a
// program of its own, and not Python, so that on two cores the load costs little of what it measures.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type headers []string

func (h *headers) String() string     { return strings.Join(*h, ", ") }
func (h *headers) Set(s string) error { *h = append(*h, s); return nil }

type worker struct {
	latencies []time.Duration
	statuses  map[int]int
	failures  int
}

func main() {
	var extra headers
	url := flag.String("url", "", "where to post")
	clients := flag.Int("clients", 64, "connections, each with one request under way")
	seconds := flag.Float64("seconds", 10, "how long")
	file := flag.String("bodies", "", "file of bodies, one per line")
	get := flag.Bool("get", false, "the lines are paths to ask for; redirects are not followed")
	flag.Var(&extra, "header", "a request header")
	flag.Parse()
	if !loopback(*url) {
		fmt.Fprintln(os.Stderr, "load: only loopback addresses are loaded")
		os.Exit(2)
	}
	bodies, err := readLines(*file)
	if err != nil || len(bodies) == 0 {
		fmt.Fprintln(os.Stderr, "load: no bodies:", err)
		os.Exit(2)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: *clients, MaxConnsPerHost: *clients}
	client := &http.Client{Transport: transport, Timeout: 60 * time.Second}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	var next atomic.Int64
	workers := make([]worker, *clients)
	start := time.Now()
	deadline := start.Add(time.Duration(*seconds * float64(time.Second)))
	var group sync.WaitGroup
	for i := range workers {
		group.Add(1)
		go func(w *worker) {
			defer group.Done()
			w.run(client, *url, *get, extra, bodies, &next, deadline)
		}(&workers[i])
	}
	group.Wait()
	report(workers, time.Since(start), !*get && int(next.Load()) > len(bodies))
}

func (w *worker) run(c *http.Client, url string, get bool, extra headers, bodies [][]byte, next *atomic.Int64, deadline time.Time) {
	w.statuses = map[int]int{}
	for time.Now().Before(deadline) {
		n := int(next.Add(1)) - 1
		if n >= len(bodies) && !get {
			return
		}
		request, err := makeRequest(url, get, bodies[n%len(bodies)])
		if err != nil {
			w.failures++
			return
		}
		for _, header := range extra {
			name, value, _ := strings.Cut(header, ": ")
			request.Header.Set(name, value)
		}
		sent := time.Now()
		answer, err := c.Do(request)
		if err != nil {
			w.failures++
			continue
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		w.latencies = append(w.latencies, time.Since(sent))
		w.statuses[answer.StatusCode]++
	}
}

func makeRequest(url string, get bool, line []byte) (*http.Request, error) {
	if get {
		return http.NewRequest("GET", url+string(line), nil)
	}
	return http.NewRequest("POST", url, bytes.NewReader(line))
}

func report(workers []worker, took time.Duration, exhausted bool) {
	var all []time.Duration
	statuses := map[string]int{}
	failures, accepted := 0, 0
	for _, w := range workers {
		all = append(all, w.latencies...)
		failures += w.failures
		for status, count := range w.statuses {
			statuses[fmt.Sprint(status)] += count
			if status < 400 {
				accepted += count
			}
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	at := func(q float64) float64 {
		if len(all) == 0 {
			return 0
		}
		return float64(all[int(q*float64(len(all)-1))].Microseconds()) / 1000
	}
	_ = json.NewEncoder(os.Stdout).Encode(map[string]any{
		"seconds": took.Seconds(), "accepted": accepted, "rate": float64(accepted) / took.Seconds(),
		"statuses": statuses, "failures": failures, "exhausted": exhausted,
		"p50_ms": at(0.5), "p90_ms": at(0.9), "p99_ms": at(0.99), "max_ms": at(1),
	})
}

func readLines(name string) ([][]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var lines [][]byte
	scanner := bufio.NewScanner(file)
	scanner.Buffer(make([]byte, 1<<20), 1<<26)
	for scanner.Scan() {
		lines = append(lines, bytes.Clone(scanner.Bytes()))
	}
	return lines, scanner.Err()
}

func loopback(url string) bool {
	host := strings.TrimPrefix(url, "http://")
	host, _, _ = strings.Cut(host, "/")
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		return false
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return name == "localhost" || (ip != nil && ip.IsLoopback())
}
