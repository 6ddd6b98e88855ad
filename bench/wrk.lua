-- One request over and over, and one line of figures at the end.
-- BENCH_BODY: file with the request's body. BENCH_TOKEN: the bearer token.
local body

function init()
  local file = assert(io.open(os.getenv("BENCH_BODY"), "rb"))
  body = file:read("*a")
  file:close()
  wrk.method = "POST"
  wrk.body = body
  wrk.headers["content-type"] = "application/json"
  wrk.headers["authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN")
  wrk.headers["anthropic-version"] = "2023-06-01"
  request_text = wrk.format()
end

function request()
  return request_text
end

-- wrk counts an answer as an error from status 400 on. None of the servers here answers 1xx or 3xx, so the rest are 2xx.
function done(summary, latency)
  local e = summary.errors
  print(string.format("FIGURES %d %d %d %.3f %.3f", summary.requests - e.status, summary.duration,
    e.status + e.connect + e.read + e.write + e.timeout, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
