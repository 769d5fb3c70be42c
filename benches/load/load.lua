-- What wrk sends. Arguments: a file of requests, and the header fields of all, one a line. A line of the file is a path,
-- or a path, a tab and a body, which is posted. Each thread walks the lines in an order of its own; which come more
-- often stand there more often.
local requests, next = {}, 0
local threads = 0
function setup(thread)
    thread:set("first", threads)
    threads = threads + 1
end
function init(arguments)
    local headers, body_headers = {}, {}
    for line in io.lines(arguments[2]) do
        local name, value = line:match("^([^:]+): (.*)$")
        headers[name] = value
        body_headers[name] = value
    end
    body_headers["content-type"] = "application/json"
    for line in io.lines(arguments[1]) do
        local path, body = line:match("^([^\t]+)\t(.*)$")
        if path then
            requests[#requests + 1] = wrk.format("POST", path, body_headers, body)
        else
            local plain = {}
            for name, value in pairs(headers) do
                if name ~= "authorization" then plain[name] = value end
            end
            -- A conditional request names the entity tag behind a blank.
            local address, etag = line:match("^(%S+) (.+)$")
            if etag then plain["if-none-match"] = etag end
            requests[#requests + 1] = wrk.format("GET", address or line, plain)
        end
    end
    next = first * math.floor(#requests / 2)
end
function request()
    next = next % #requests + 1
    return requests[next]
end
function done(summary, latency)
    local errors = summary.errors
    print(string.format(
        "RESULT %f %f %f %d %d",
        summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        summary.requests, errors.connect + errors.read + errors.write + errors.timeout + errors.status
    ))
end
