-- Copyright (c) modelops.serving contributors
-- GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
-- Sends the lines of the file BODIES in turn, each behind a head of its own as an ingress makes it, and prints what was
-- measured as JSON. HEADS is the number of different heads. The requests are made before the measurement, so that wrk does not take its time.
local count, heads, made = 4096, tonumber(os.getenv("HEADS")), {}
local function head(i)
  return {
    ["Content-Type"] = "application/json", ["Accept"] = "*/*", ["User-Agent"] = "bench",
    ["Traceparent"] = string.format("00-%032x-%016x-01", i * 7919 + 1, i + 1),
    ["X-Forwarded-For"] = string.format("10.1.%d.%d", math.floor(i / 256) % 256, i % 256),
    ["X-Forwarded-Host"] = "models.example.com", ["X-Forwarded-Port"] = "443", ["X-Forwarded-Proto"] = "https",
    ["X-Forwarded-Server"] = "ingress-7d5f9", ["X-Real-Ip"] = "10.1.2.3",
    ["X-Request-Id"] = string.format("%032x", i * 104729 + 7),
  }
end
init = function()
  local bodies = {}
  for line in io.lines(os.getenv("BODIES")) do bodies[#bodies + 1] = line end
  for i = 1, count do made[i] = wrk.format("POST", nil, head(i % heads), bodies[i % #bodies + 1]) end
end
local sent = 0
request = function()
  sent = sent % count + 1
  return made[sent]
end
done = function(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"p50":%.1f,"p99":%.1f,"p999":%.1f,"bad":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
    latency:percentile(99.9), errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
