// Copyright: (c) 2026, modelops.serving contributors
// GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
//
// For those who have k6 of their own. This project neither brings nor runs it, and no test covers this script.
//   k6 run -e URL=http://10.213.0.11/predict -e RATE=50 -e SECONDS=120 load/predict.js
// The environment: URL, HOST (the Host header), RATE (requests a second), SECONDS, BODY (JSON with instances).
import http from 'k6/http';
import { check } from 'k6';

const rate = Number(__ENV.RATE) || 5;
const body = __ENV.BODY || '{"instances": [[5.1, 3.5, 1.4, 0.2]]}';
const rows = JSON.parse(body).instances.length;
const headers = { 'Content-Type': 'application/json', ...(__ENV.HOST ? { Host: __ENV.HOST } : {}) };

export const options = {
  scenarios: {
    predict: {
      executor: 'constant-arrival-rate',
      rate,
      duration: `${Number(__ENV.SECONDS) || 15}s`,
      preAllocatedVUs: Math.max(10, rate),
      maxVUs: 4 * Math.max(10, rate),
    },
  },
  thresholds: { http_req_failed: ['rate==0'], checks: ['rate==1'], http_req_duration: ['p(95)<500'] },
};

export default function predict() {
  const answer = http.post(__ENV.URL, body, { headers, timeout: '30s' });
  check(answer, { 'one prediction a row': (got) => got.status === 200 && got.json('predictions.#') === rows });
}
