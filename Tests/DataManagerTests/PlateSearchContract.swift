import AIBoxAPI
import ServiceClients
import Testing

/// Detections with plates, and what finds which of them: the same whether plates are plain, sealed, or on the way.
struct PlateExamples {
    static let camera = "plates"
    static let noon = Timestamp(milliseconds: 1_790_000_000_000)
    static let numbers = ["QK7-Z9X.W4", "QK7Z9XV4", "OK7Z9XW4", "7K7Z9", "77XW4", "Z9X", "QK", "WQK7Z9XW4WWW9"]

    /// Patterns, and the positions in `numbers` of what they find.
    static let patterns: [(pattern: String, found: [Int])] = [
        ("QK7Z9XW4", [0]), ("qk7 z9xw4", [0]), ("QK7Z9", []), ("Z9X", [5]), ("QK", [6]),
        ("QK*", [0, 1, 6]), ("QK7*", [0, 1]), ("Q*", [0, 1, 6]), ("QK7Z9XW4*", [0]), ("7*", [3, 4]),
        ("*7Z9*", [0, 1, 2, 3, 7]), ("*XW4", [0, 2, 4]), ("*K7Z9X*", [0, 1, 2, 7]), ("*9XV*", [1]), ("*Z9", [3]),
        ("*K7Z9XW4*", [0, 2, 7]), ("*Z9XK7Z*", []),
        ("?K7*", [0, 1, 2, 3]), ("Q?7*W4", [0]), ("QK7Z9X?4", [0, 1]), ("Q?", [6]), ("?9?", [5]),
        ("*7?9*", [0, 1, 2, 3, 7]),
        ("Q*X?4", [0, 1]), ("7*9", [3]), ("*9", [3, 7]), ("*Q*", [0, 1, 6, 7]), ("QK7*XW4", [0]),
    ]

    /// Readings, and the positions of what they find with `fuzzy`.
    static let misread: [(reading: String, found: [Int])] = [
        ("QK7Z9XW4", [0, 1, 2]), ("0K729XW4", [0, 1, 2]), ("QK7Z9W4", [0, 2]), ("QK7Z9XVV4", [1]), ("AAAAAA", []),
    ]

    /// One for each number, with all that may tell of it.
    static func record() -> InferenceRecord {
        let items = numbers.map { number in
            var details = DetectionDetails()
            details.countryCode = "VN"
            details.characters = number.map { .init(char: String($0), confidence: 0.5) }
            details.candidates = [.init(plateNumber: number, countryCode: nil, probability: 0.8)]
            return DetectionRecord.example(task: .plates, label: number, plateNumber: number, details: details)
        }
        return .example(camera: camera, capturedAt: noon, items)
    }
}

/// What every implementation of `DataManaging` must find by plates, whatever the form in which it keeps them.
func verifyPlateSearch(_ manager: any DataManaging) async throws {
    let record = PlateExamples.record()
    try await manager.store(record, picture: nil)
    try await manager.store(record, picture: nil)  // a retry after a lost answer
    try await verifyPlateSearch(manager, of: record)
}

func verifyPlateSearch(_ manager: any DataManaging, of record: InferenceRecord) async throws {
    for (pattern, found) in PlateExamples.patterns {
        #expect(try await positions(manager, record) { $0.plate = pattern } == found, "\(pattern)")
    }
    for (reading, found) in PlateExamples.misread {
        let fuzzy = try await positions(manager, record) { ($0.plate, $0.isFuzzy) = (reading, true) }
        #expect(fuzzy == found, "\(reading)")
    }
    for (position, item) in record.detections.enumerated() {
        #expect(try await positions(manager, record) { $0.label = item.label } == [position])
        let stored = try #require(try await manager.detection(item.id))
        #expect(stored.plateNumber == item.plateNumber && stored.label == item.label && stored.details == item.details)
    }
    #expect(try await manager.inference(record.id)?.detections.map(\.plateNumber) == PlateExamples.numbers)
}

/// The positions in `record` of what all pages of a question have, two to a page.
private func positions(
    _ manager: any DataManaging, _ record: InferenceRecord, _ change: (inout DetectionQuery) -> Void
) async throws -> [Int] {
    var query = DetectionQuery(change)
    (query.cameraID, query.limit) = (record.cameraID, 2)
    var found: [UUIDv7] = []
    repeat {
        let page = try await manager.detections(query)
        found += page.items.map(\.id)
        query.cursor = page.nextCursor
    } while query.cursor != nil
    let positions = found.compactMap { id in record.detections.firstIndex { $0.id == id } }
    #expect(positions.count == found.count && positions == positions.sorted(by: >), "newest first, each once")
    return positions.sorted()
}
