-- A wrk script that sends the requests of a file repeatedly. The file contains
-- complete HTTP messages, each terminated by a NUL. "@@@" in a message is replaced
-- with a number from 100 to 199 that changes with each pass through the file.
--
-- Usage: wrk -s load.lua ADDRESS -- FILE [check TEXT | pause MILLISECONDS]
-- check counts a response without TEXT as wrong. This costs time, so only the
-- warm-up uses it. pause is the mean pause of a connection before each request.

local requests, at, pass, numbered = {}, 0, 0, false
wrong = 0 -- global: done reads it

local function read(name)
  local file = assert(io.open(name, "rb"))
  for request in file:read("*a"):gmatch("(%Z+)%z") do
    requests[#requests + 1] = request
    numbered = numbered or request:find("@@@", 1, true) ~= nil
  end
  file:close()
end

local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  read(args[1])
  if args[2] == "check" then
    local text = args[3]
    response = function(status, _, body)
      if status ~= 200 or not body:find(text, 1, true) or body:find('"errors":', 1, true) then
        wrong = wrong + 1
      end
    end
  elseif args[2] == "pause" then
    local pause = tonumber(args[3])
    delay = function()
      return math.random(0, 2 * pause)
    end
  end
end

function request()
  at = at + 1
  if at > #requests then
    at, pass = 1, (pass + 1) % 100
  end
  if not numbered then
    return requests[at]
  end
  return (requests[at]:gsub("@@@", tostring(100 + pass)))
end

function done(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  local refused = summary.errors.status
  for _, thread in ipairs(threads) do
    refused = refused + thread:get("wrong")
  end
  io.write(string.format('\n{"requests":%d,"microseconds":%d,"bytes":%d,"failed":%d,"refused":%d,"p99":%d}\n',
    summary.requests, summary.duration, summary.bytes, failed, refused, latency:percentile(99)))
end
