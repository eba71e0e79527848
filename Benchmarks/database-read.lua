-- wrk: GET of one detection.
request = function()
  return wrk.format("GET", "/internal/detections/" .. os.getenv("DETECTION"), {
    ["Authorization"] = "Bearer " .. os.getenv("TOKEN"),
  })
end
