-- One request over and over, and one line of figures at the end.
-- BENCH_BODY: file with the request's body. BENCH_TOKEN: the bearer token. Or BENCH_HEADERS: file with lines "name: value"; blocks of them, with an
-- empty line between, take turns, so that calls are those of several users.
local requests, turn = {}, 0

local function read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function init()
  wrk.method = "POST"
  wrk.body = read(os.getenv("BENCH_BODY"))
  wrk.headers["content-type"] = "application/json"
  wrk.headers["anthropic-version"] = "2023-06-01"
  local headers = os.getenv("BENCH_HEADERS")
  local blocks = headers and read(headers) or "authorization: Bearer " .. os.getenv("BENCH_TOKEN")
  for block in (blocks .. "\n\n"):gmatch("(.-)\n\n+") do
    for name, value in block:gmatch("([^\n:]+): ([^\n]+)") do wrk.headers[name] = value end
    requests[#requests + 1] = wrk.format()
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

-- wrk counts an answer as an error from status 400 on. None of the servers here answers 1xx or 3xx, so the rest are 2xx.
function done(summary, latency)
  local e = summary.errors
  print(string.format("FIGURES %d %d %d %.3f %.3f", summary.requests - e.status, summary.duration,
    e.status + e.connect + e.read + e.write + e.timeout, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
