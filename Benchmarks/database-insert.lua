-- wrk: POST /internal/inferences, each with identifiers of its own and one detection.
local token = os.getenv("TOKEN")
local random = math.random
math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 1000000)
-- The first 48 bits of a UUIDv7 are milliseconds; PostgreSQL's partitions go by them.
local milliseconds = os.time() * 1000 + random(0, 999)
local prefix = string.format("%08x-%04x", math.floor(milliseconds / 0x10000), milliseconds % 0x10000)
local count = 0

local function identifier()
  count = count + 1
  return string.format("%s-7%03x-8%03x-%012x", prefix, random(0, 0xfff), random(0, 0xfff), count)
end

request = function()
  local id = identifier()
  local time = os.date("!%Y-%m-%dT%H:%M:%S.123Z")
  local head = '{"id":"' .. id .. '","request_id":"benchmark","task":"persons","models":[{"name":"nanodet_plus_m_1.5x",' ..
    '"version":"1","engine":"onnxruntime"}],"image":{"width":1280,"height":720},"timing":{"decode_ms":1,' ..
    '"preprocess_ms":1,"queue_ms":1,"inference_ms":1,"postprocess_ms":1,"store_ms":0},"camera_id":"gate",' ..
    '"captured_at":"' .. time .. '","created_at":"' .. time .. '","has_image":false,"detections":[{"id":"' ..
    identifier() .. '","inference_id":"' .. id .. '","task":"persons","label":"person","confidence":0.9,' ..
    '"bounding_box":{"x":1,"y":2,"width":30,"height":40},"details":{},"captured_at":"' .. time ..
    '","created_at":"' .. time .. '","has_image":false}]}'
  return wrk.format("POST", "/internal/inferences", {
    ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/octet-stream",
    ["X-AIBox-Head-Length"] = tostring(#head),
  }, head)
end
