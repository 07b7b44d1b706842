// Copyright: (c) 2026, modelops.serving contributors
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Steady predictions for requests_lost.py: half of them on connections that are kept, half on a new one each.
// The environment: URL, HOST (the Host header), BODY (JSON), RATE (requests a second; 0: as many as 16 connections
// get answered, for SECONDS), SECONDS (it ends by itself then), SUMMARY (file for the numbers).
import http from 'k6/http';

const rate = Number(__ENV.RATE);
const duration = `${__ENV.SECONDS}s`;
const headers = { 'Content-Type': 'application/json', Host: __ENV.HOST };

const half = {
  executor: 'constant-arrival-rate',
  rate: Math.max(1, Math.round(rate / 2)),
  timeUnit: '1s',
  duration,
  preAllocatedVUs: 50,
  maxVUs: 500,
};
const full = { executor: 'constant-vus', vus: 8, duration };

export const options = {
  scenarios: {
    kept: { ...(rate ? half : full), exec: 'kept', tags: { connection: 'kept' } },
    opened: { ...(rate ? half : full), exec: 'opened', tags: { connection: 'new' } },
  },
  thresholds: {
    'http_req_duration{connection:kept}': ['max>=0'],
    'http_req_duration{connection:new}': ['max>=0'],
    'http_req_failed{connection:kept}': ['rate==0'],
    'http_req_failed{connection:new}': ['rate==0'],
  },
  summaryTrendStats: ['med', 'p(99)', 'max'],
};

function predict(more) {
  const answer = http.post(__ENV.URL, __ENV.BODY, { headers: { ...headers, ...more }, timeout: '30s' });
  if (answer.status !== 200) {
    console.error(JSON.stringify({ at: Date.now() / 1000, status: answer.status, words: answer.error || answer.body }));
  }
}

export function kept() {
  predict({});
}

export function opened() {
  predict({ Connection: 'close' });
}

export function handleSummary(data) {
  return { [__ENV.SUMMARY]: JSON.stringify(data.metrics) };
}
