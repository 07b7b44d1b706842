// Copyright: (c) 2026, modelops.serving contributors
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Load of predictions. By itself:
//   k6 run -e URL=http://10.213.0.11/predict -e PROFILE=spike load/predict.js
// The environment: URL, HOST (the Host header), PROFILE (smoke, steady, spike, soak), RATE (requests a second),
// DURATION (seconds of full load), ROWS (instances a request), BODY (JSON; its first instance is repeated), P95
// (milliseconds), SUMMARY (file for the numbers), INSECURE (anything: do not ask whose a certificate is).
import http from 'k6/http';
import { check } from 'k6';

const profile = __ENV.PROFILE || 'smoke';
const rate = Number(__ENV.RATE) || { smoke: 5, steady: 50, spike: 80, soak: 20 }[profile];
const seconds = Number(__ENV.DURATION) || { smoke: 15, steady: 120, spike: 90, soak: 3600 }[profile];
const rows = Number(__ENV.ROWS) || 1;
const example = JSON.parse(__ENV.BODY || '{"instances": [[5.1, 3.5, 1.4, 0.2]]}');
const body = JSON.stringify({ ...example, instances: Array(rows).fill(example.instances[0]) });
const headers = { 'Content-Type': 'application/json', ...(__ENV.HOST ? { Host: __ENV.HOST } : {}) };

// Requests come at their rate however long the answers take: a slow server gets no less of them.
const arrivals = { timeUnit: '1s', preAllocatedVUs: Math.max(10, rate), maxVUs: 4 * Math.max(10, rate) };
const constant = { executor: 'constant-arrival-rate', rate, duration: `${seconds}s`, ...arrivals };
const spike = {
  executor: 'ramping-arrival-rate',
  startRate: Math.max(1, Math.round(rate / 20)),
  stages: [
    { target: Math.max(1, Math.round(rate / 20)), duration: '10s' },
    { target: rate, duration: '2s' },
    { target: rate, duration: `${seconds}s` },
    { target: 1, duration: '2s' },
  ],
  ...arrivals,
};

// Failures are counted by what was answered; 0 is no answer. The summary holds only what a threshold names.
const failures = [0, 400, 401, 403, 404, 408, 413, 422, 429, 499, 500, 502, 503, 504];
const counted = Object.fromEntries(failures.map((status) => [`http_reqs{status:${status}}`, ['count>=0']]));

export const options = {
  scenarios: { [profile]: profile === 'spike' ? spike : constant },
  thresholds: {
    http_req_failed: ['rate==0'],
    checks: ['rate==1'],
    http_req_duration: [`p(95)<${Number(__ENV.P95) || 500}`],
    ...counted,
  },
  summaryTrendStats: ['avg', 'med', 'p(90)', 'p(95)', 'p(99)', 'max'],
  userAgent: 'modelops.serving load test',
  insecureSkipTLSVerify: Boolean(__ENV.INSECURE),
};

export default function predict() {
  const answer = http.post(__ENV.URL, body, { headers, timeout: '30s' });
  check(answer, { 'one prediction a row': (got) => got.status === 200 && got.json('predictions.#') === rows });
}

export function handleSummary(data) {
  return { [__ENV.SUMMARY || 'stdout']: JSON.stringify(data.metrics, null, 2) + '\n' };
}
