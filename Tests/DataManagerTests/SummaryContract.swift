import AIBoxAPI
import ServiceClients
import Testing

/// What every implementation must do about summaries, whatever else is stored.
///
/// - Parameter stored: called once everything is stored.
func verifySummaries(_ manager: any DataManaging, stored: () async throws -> Void = {}) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for night in SummaryNight.all {
            for time in try night.times {
                group.addTask {
                    try await manager.store(.example(camera: night.camera, capturedAt: time), picture: nil)
                }
            }
        }
        try await group.waitForAll()
    }
    try await stored()
    for night in SummaryNight.all { try await verify(night, manager) }
    try await verifyZoneNames(manager)
    try await verifyGroups(manager)
    try await verifySpans(manager)
}

extension SummaryQuery {
    init(_ bucket: SummaryBucket, _ from: String, _ to: String, _ change: (inout SummaryQuery) -> Void = { _ in }) {
        self.init()
        (self.bucket, self.from, self.to) = (bucket, Timestamp(from), Timestamp(to))
        change(&self)
    }
}

extension DetectionSummary {
    /// The buckets that are not empty.
    var filled: [String] { buckets.filter { $0.count > 0 }.map { "\($0.start) \($0.count)" } }
}

private func verify(_ night: SummaryNight, _ manager: any DataManaging) async throws {
    func ask(_ bucket: SummaryBucket, _ from: String, _ to: String) async throws -> DetectionSummary {
        let summary = try await manager.summary(
            SummaryQuery(bucket, from, to) { ($0.timeZone, $0.cameraID) = (night.zone, night.camera) })
        #expect(summary.timeZone == night.zone && summary.from == Timestamp(from) && summary.to == Timestamp(to))
        #expect(summary.count == summary.buckets.reduce(0) { $0 + $1.count }, "\(night.testDescription)")
        return summary
    }
    let hours = try await ask(.hour, night.first, night.end)
    #expect(hours.buckets.map { "\($0.start) \($0.count)" } == night.hours.map { "\($0.start) \($0.count)" })

    // From the midnight before to the one behind.
    let midnight = try #require(night.days.first).start
    let last = try #require(night.days.last).start
    let next = try #require(try await nextMidnight(behind: last, night, manager))
    let days = try await ask(.day, midnight, next)
    #expect(days.buckets.map { "\($0.start) \($0.count)" } == night.days.map { "\($0.start) \($0.count)" })
    let day = try await ask(.hour, last, next)
    #expect(day.buckets.count == night.hoursOfDay && Set(day.buckets.map(\.start)).count == night.hoursOfDay)
    #expect(day.count == night.days.last?.count)

    // The raw rows.
    let raw = DetectionQuery {
        ($0.cameraID, $0.from, $0.to, $0.limit) = (night.camera, Timestamp(midnight), Timestamp(next), 500)
    }
    let rows = try await manager.detections(raw).items.count
    #expect(rows == night.count && days.count == rows && hours.count == rows)

    let minutes = try await ask(.minute, night.first, night.end)
    let length = (try #require(Timestamp(night.end))).milliseconds - (try #require(Timestamp(night.first))).milliseconds
    #expect(minutes.buckets.count == Int(length / 60_000) && minutes.count == night.count)
    #expect(minutes.filled.count == night.count)
}

/// When the day that begins at `midnight` ends, as the manager itself tells by the day after it.
private func nextMidnight(
    behind midnight: String, _ night: SummaryNight, _ manager: any DataManaging
) async throws -> String? {
    let start = try #require(Timestamp(midnight))
    let summary = try await manager.summary(
        SummaryQuery {
            ($0.bucket, $0.timeZone) = (.day, night.zone)
            ($0.from, $0.to) = (start, start + 30 * 3_600_000)
        })
    #expect(summary.buckets.count == 2 && summary.buckets[0].start.description == midnight)
    let next = summary.buckets[1].start
    #expect(next.description.dropFirst(11).prefix(8) == "00:00:00")
    return next.description
}

private func verifyZoneNames(_ manager: any DataManaging) async throws {
    func ask(_ zone: String, like night: SummaryNight) async throws -> [String] {
        let query = SummaryQuery(.hour, night.first, night.end) { ($0.timeZone, $0.cameraID) = (zone, night.camera) }
        return try await manager.summary(query).filled
    }
    for (zone, same) in [("CET", "Europe/Berlin"), ("+07:00", "Asia/Ho_Chi_Minh"), ("+05:45", "Asia/Kathmandu")] {
        for night in SummaryNight.all where night.zone == same {
            #expect(try await ask(zone, like: night) == night.hours.map { "\($0.start) \($0.count)" }, "\(zone)")
        }
    }
    let unknown = [
        "AtlanticTime", "Mars/Olympus", "", "europe/berlin", "BST", "UTC+7", "GMT+07:00", "+7", "+07", "+15:00",
        "+07:10",
        "07:00", "+07:00:00", "../Europe/Berlin", "Europe/Berlin ",
    ]
    for zone in unknown {
        let refusal = await problem { _ = try await ask(zone, like: SummaryNight.all[0]) }
        #expect(refusal?.status == 422 && refusal?.errors?.map(\.field) == ["time_zone"], "\(zone)")
    }
}

private func verifyGroups(_ manager: any DataManaging) async throws {
    let noon = try #require(Timestamp("2026-05-05T12:00:00Z"))
    let device = "summary"
    let records: [InferenceRecord] = [
        .example(camera: "b", device: device, capturedAt: noon, [.example(), .example(task: .poses, label: "pose")]),
        .example(camera: "a", device: device, capturedAt: noon + 1, [.example(), .plate]),
        .example(device: device, capturedAt: noon + 3_599_999, [.example(), .example(task: .vehicles, label: "car")]),
        .example(camera: "a", device: device, capturedAt: noon + 3_600_000, [.example(task: .vehicles, label: "car")]),
        .example(camera: "a", device: device, capturedAt: noon + 7_200_000, [.plate]),
    ]
    for record in records { try await manager.store(record, picture: nil) }
    try await manager.store(records[0], picture: nil)  // a retry after a lost answer

    func ask(_ change: (inout SummaryQuery) -> Void = { _ in }) async throws -> DetectionSummary {
        try await manager.summary(
            SummaryQuery(.hour, "2026-05-05T12:00:00Z", "2026-05-05T14:00:00Z") {
                ($0.timeZone, $0.deviceID) = ("UTC", device)
                change(&$0)
            })
    }
    let all = try await ask()
    #expect(all.buckets.map(\.start.description) == ["2026-05-05T12:00:00+00:00", "2026-05-05T13:00:00+00:00"])
    #expect(all.count == 7 && all.buckets.map(\.count) == [6, 1], "to is exclusive")
    #expect(
        all.buckets[0].counts == [
            .init(task: .persons, label: "person", cameraID: nil, count: 1),
            .init(task: .persons, label: "person", cameraID: "a", count: 1),
            .init(task: .persons, label: "person", cameraID: "b", count: 1),
            .init(task: .plates, label: "plate", cameraID: "a", count: 1),
            .init(task: .poses, label: "pose", cameraID: "b", count: 1),
            .init(task: .vehicles, label: "car", cameraID: nil, count: 1),
        ])
    #expect(try await ask { $0.task = .vehicles }.buckets.map(\.count) == [1, 1])
    #expect(try await ask { $0.label = "person" }.count == 3)
    #expect(try await ask { $0.label = "plate" }.count == 1)
    #expect(try await ask { $0.label = "51F12345" }.count == 0, "readings are not told apart")
    #expect(try await ask { $0.cameraID = "a" }.count == 3)
    #expect(try await ask { ($0.cameraID, $0.label) = ("a", "car") }.buckets.map(\.count) == [0, 1])
    #expect(try await ask { $0.deviceID = "other" }.buckets.map(\.counts) == [[], []])
    #expect(try await ask { $0.from = noon + 1 }.buckets.map(\.count) == [4, 1], "from is inclusive")
    #expect(try await ask { $0.from = noon + 2 }.buckets.map(\.start) == all.buckets.map(\.start))
}

private func verifySpans(_ manager: any DataManaging) async throws {
    let refused: [(SummaryQuery, String)] = [
        (SummaryQuery(.hour, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), "to"),
        (SummaryQuery(.hour, "2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z"), "to"),
        (SummaryQuery(.minute, "2026-01-01T00:00:00Z", "2026-01-02T01:00:00.001Z"), "to"),
        (SummaryQuery(.hour, "2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z"), "to"),
        (SummaryQuery(.day, "1970-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), "to"),
        (SummaryQuery(.day, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z") { $0.label = "a\u{0}" }, "label"),
    ]
    for (query, field) in refused {
        let refusal = await problem { _ = try await manager.summary(query) }
        #expect(refusal?.status == 422 && refusal?.errors?.map(\.field) == [field], "\(query)")
    }
    let years = try await manager.summary(SummaryQuery(.day, "2000-01-01T00:00:00Z", "2027-01-01T00:00:00Z"))
    #expect(years.buckets.count == 9862, "every day, empty or not")
    let future = try await manager.summary(SummaryQuery(.day, "2100-01-01T00:00:00Z", "2100-01-02T00:00:00Z"))
    #expect(future.count == 0 && future.buckets.count == 1)
}

extension SummaryQuery {
    init(_ change: (inout SummaryQuery) -> Void) {
        self.init()
        change(&self)
    }
}
