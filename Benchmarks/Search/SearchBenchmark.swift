import AIBoxAPI
import DataManager
import Foundation
import Logging

/// Pages of detections among many: `search-benchmark FOLDER|postgres://… ROWS ROUNDS` stores generated detections up to
/// ROWS through the data manager, then asks each kind of question ROUNDS times with changing values and prints
/// milliseconds as median, p95 and maximum, and how many pages ended early. With `AIBOX_ENCRYPTION_KEY` all is sealed.
@main
enum SearchBenchmark {
    nonisolated static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 3, let place = arguments.first, let rows = Int(arguments[2]),
            let rounds = Int(arguments[3])
        else {
            print("usage: search-benchmark FOLDER|postgres://… ROWS ROUNDS")
            exit(2)
        }
        let logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
        var configuration = DataManager.Configuration(folder: place)
        if let database = DataManager.Configuration.Database(url: place) {
            configuration = DataManager.Configuration(folder: NSTemporaryDirectory() + "/aibox-search-benchmark")
            configuration.database = database
        }
        configuration.metadataIndexes = ["site", "lane", "order"]
        if let key = ProcessInfo.processInfo.environment["AIBOX_ENCRYPTION_KEY"] {
            configuration.keys = .value(key, name: "AIBOX_ENCRYPTION_KEY")
        }
        let manager = try await DataManager(configuration, logger: logger)
        try await Generator(rows: rows).fill(manager)
        for question in Question.all {
            print(try await measure(question, rounds, manager))
        }
        await manager.close()
    }

    private static func measure(_ question: Question, _ rounds: Int, _ manager: DataManager) async throws -> String {
        var (times, early, found): ([Double], Int, Int) = ([], 0, 0)
        var random = SplitMix(state: 7)
        for _ in 0..<rounds {
            var query = DetectionQuery()
            question.ask(&query, &random)
            let start = ContinuousClock.now
            let page = try await manager.detections(query)
            times.append((ContinuousClock.now - start) / .milliseconds(1))
            found += page.items.count
            if page.nextCursor != nil, page.items.count < query.limit { early += 1 }
        }
        times.sort()
        let figures = [times[times.count / 2], times[times.count * 95 / 100], times[times.count - 1]]
            .map { String(format: "%.1f", $0) }.joined(separator: " / ")
        let name = question.name.padding(toLength: 44, withPad: " ", startingAt: 0)
        return "\(name) \(figures) ms   \(found / rounds) items, \(early) of \(rounds) ended early"
    }
}

/// One kind of question.
struct Question: Sendable {
    let name: String
    let ask: @Sendable (inout DetectionQuery, inout SplitMix) -> Void

    init(_ name: String, _ ask: @escaping @Sendable (inout DetectionQuery, inout SplitMix) -> Void) {
        (self.name, self.ask) = (name, ask)
    }

    static let all: [Question] = [
        Question("newest") { _, _ in },
        Question("task") { query, random in query.task = random.pick(Generator.tasks).0 },
        Question("label") { query, random in query.label = random.label() },
        Question("camera") { query, random in query.cameraID = random.camera() },
        Question("a range of an hour") { query, random in
            let start = random.moment()
            (query.from, query.to) = (start, Timestamp(milliseconds: start.milliseconds + 3_600_000))
        },
        Question("an old half year") { query, _ in query.to = Timestamp(milliseconds: Generator.start + 86_400_000) },
        Question("camera, label, task") { query, random in
            (query.cameraID, query.label, query.task) = (
                random.camera(), random.label(), random.pick(Generator.tasks).0
            )
        },
        Question("camera, label, range of a day") { query, random in
            (query.cameraID, query.label) = (random.camera(), random.label())
            let start = random.moment()
            (query.from, query.to) = (start, Timestamp(milliseconds: start.milliseconds + 86_400_000))
        },
        Question("device, camera, high confidence") { query, random in
            (query.deviceID, query.cameraID, query.minimumConfidence) = (random.device(), random.camera(), 0.999)
        },
        Question("plate") { query, random in query.plate = random.plate() },
        Question("plate 51F*") { query, random in query.plate = String(random.plate().prefix(3)) + "*" },
        Question("plate 51F12*") { query, random in query.plate = String(random.plate().prefix(5)) + "*" },
        Question("plate 5*") { query, random in query.plate = String(random.plate().prefix(1)) + "*" },
        Question("plate *F12*") { query, random in
            query.plate = "*" + String(random.plate().dropFirst(2).prefix(3)) + "*"
        },
        Question("plate *2345") { query, random in query.plate = "*" + String(random.plate().suffix(4)) },
        Question("plate 51?12345") { query, random in
            let plate = random.plate()
            query.plate = plate.prefix(2) + "?" + plate.dropFirst(3)
        },
        Question("plate fuzzy") { query, random in
            var plate = Array(random.plate())
            plate[4] = "8"
            (query.plate, query.isFuzzy) = (String(plate), true)
        },
        Question("plate fuzzy, camera, range of a month") { query, random in
            (query.plate, query.isFuzzy, query.cameraID) = (random.plate(), true, random.camera())
            let start = random.moment()
            (query.from, query.to) = (start, Timestamp(milliseconds: start.milliseconds + 30 * 86_400_000))
        },
        Question("metadata: one of 4") { query, random in query.metadata = ["lane": random.lane()] },
        Question("metadata: one of 200") { query, random in query.metadata = ["site": random.site()] },
        Question("metadata: unique") { query, random in query.metadata = ["order": random.order()] },
        Question("metadata: two, camera, range of a day") { query, random in
            (query.metadata, query.cameraID) = (["site": random.site(), "lane": random.lane()], random.camera())
            let start = random.moment()
            (query.from, query.to) = (start, Timestamp(milliseconds: start.milliseconds + 86_400_000))
        },
        Question("plate *F12*, camera, task") { query, random in
            query.plate = "*" + String(random.plate().dropFirst(2).prefix(3)) + "*"
            (query.cameraID, query.task) = (random.camera(), .plates)
        },
    ]
}

/// Detections of half a year: 50 cameras of very different busyness, 20 devices, five tasks, 400,000 plates.
struct Generator {
    static let start: Int64 = 1_780_000_000_000
    static let span: Int64 = 182 * 86_400_000
    static let tasks: [(AnalysisTask, [String])] = [
        (.persons, ["person"]), (.faces, ["face"]), (.vehicles, ["car", "truck", "bus", "motorcycle", "bicycle"]),
        (.plates, ["plate"]), (.poses, ["person"]),
    ]
    private static let perInference = 100

    let rows: Int

    func fill(_ manager: DataManager) async throws {
        let begin = ContinuousClock.now
        let missing = (try await rows - stored(manager)) / Self.perInference
        guard missing > 0 else { return }
        let workers = 8
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    var random = SplitMix(state: UInt64(worker))
                    for number in stride(from: worker, to: missing, by: workers) {
                        // In the order of time, as a box stores them.
                        let moment = Self.start + Self.span * Int64(number) / Int64(missing)
                        let record = Self.inference(Timestamp(milliseconds: moment), &random)
                        try await manager.store(record, picture: nil)
                    }
                }
            }
            try await group.waitForAll()
        }
        let seconds = (ContinuousClock.now - begin) / .seconds(1)
        print(
            "stored \(missing * Self.perInference) detections, \(Int(Double(missing * Self.perInference) / seconds))/s")
    }

    /// Whether an earlier run has left its rows.
    private func stored(_ manager: DataManager) async throws -> Int {
        let newest = try await manager.detections(DetectionQuery())
        return newest.items.isEmpty ? 0 : rows
    }

    private static func inference(_ moment: Timestamp, _ random: inout SplitMix) -> InferenceRecord {
        var items: [DetectionRecord] = []
        for _ in 0..<perInference { items.append(detection(moment, &random)) }
        var record = InferenceRecord(
            id: random.identifier(moment), requestID: "benchmark", task: "analyze", models: [],
            image: ImageSize(width: 1280, height: 720), timing: StageTiming(), cameraID: random.camera(),
            deviceID: random.device(), capturedAt: moment, createdAt: moment, hasImage: false, detections: items)
        record.metadata = [
            "site": .string(random.site()), "lane": .string(random.lane()), "order": .string(random.order()),
        ]
        return record
    }

    private static func detection(_ moment: Timestamp, _ random: inout SplitMix) -> DetectionRecord {
        let (task, labels) = random.pick(tasks)
        let plate = task == .plates ? random.plate() : nil
        return DetectionRecord(
            id: random.identifier(moment), inferenceID: UUIDv7(), task: task, label: plate ?? random.pick(labels),
            confidence: random.fraction(), boundingBox: BoundingBox(x: 1, y: 2, width: 30, height: 40),
            plateNumber: plate, details: DetectionDetails(), cameraID: nil, deviceID: nil, capturedAt: moment,
            createdAt: moment, hasImage: false)
    }
}

/// SplitMix64 (G. L. Steele, D. Lea, C. H. Flood, 2014): the same questions in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    mutating func pick<Element>(_ list: [Element]) -> Element { list[Int.random(in: list.indices, using: &self)] }
    mutating func fraction() -> Double { Double.random(in: 0..<1, using: &self) }

    /// Camera 0 sees a seventh of everything, camera 49 a thousandth.
    mutating func camera() -> String { "camera-\(Int(50 * fraction() * fraction()))" }
    mutating func site() -> String { "site-\(Int(200 * fraction()))" }
    mutating func lane() -> String { "\(Int(4 * fraction()))" }
    mutating func order() -> String { "order-\(Int(1_000_000 * fraction()))" }
    mutating func device() -> String { "device-\(Int.random(in: 0..<20, using: &self))" }
    mutating func label() -> String { pick(pick(Generator.tasks).1) }
    mutating func moment() -> Timestamp {
        Timestamp(milliseconds: Generator.start + Int64(fraction() * Double(Generator.span)))
    }

    mutating func plate() -> String {
        let number = Int(400_000 * fraction())
        let letter = Character(Unicode.Scalar(UInt8(65 + number / 7 % 20)))
        return "\(11 + number % 80)\(letter)\(10_000 + number * 7919 % 90_000)"
    }

    /// An identifier as it would have been made at `moment`.
    mutating func identifier(_ moment: Timestamp) -> UUIDv7 {
        UUIDv7(
            high: UInt64(moment.milliseconds) << 16 | 0x7000 | next() & 0xFFF,
            low: next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000) ?? UUIDv7()
    }
}
