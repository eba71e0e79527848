import AIBoxAPI
import DataManager
import Foundation
import Logging
import ServiceClients

/// Durable inserts through the storage layer: `store-benchmark FOLDER CALLERS SECONDS` prints stores per second.
///
/// Each store is one inference without detections, one row in one acknowledged commit, as pgbench's single-row insert
/// is; callers wait for each answer before they send the next.
@main
enum StoreBenchmark {
    nonisolated static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 3, let folder = arguments.first, let callers = Int(arguments[2]),
            let seconds = Double(arguments[3])
        else {
            print("usage: store-benchmark FOLDER CALLERS SECONDS")
            exit(2)
        }
        let logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
        let manager = try await DataManager(DataManager.Configuration(folder: folder), logger: logger)
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        let stored = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<callers { group.addTask { try await store(in: manager, until: end) } }
            var total = 0
            for try await count in group { total += count }
            return total
        }
        print(Int(Double(stored) / ((ContinuousClock.now - start) / .seconds(1))))
    }

    private static func store(in manager: DataManager, until end: ContinuousClock.Instant) async throws -> Int {
        var count = 0
        while ContinuousClock.now < end {
            try await manager.store(inference(), picture: nil)
            count += 1
        }
        return count
    }

    private static func inference() -> InferenceRecord {
        InferenceRecord(
            id: UUIDv7(), requestID: "benchmark", task: "persons",
            models: [ModelUse(name: "nanodet_plus_m_1.5x", version: "1", engine: "onnxruntime")],
            image: ImageSize(width: 1280, height: 720), timing: StageTiming(), cameraID: "gate", deviceID: nil,
            capturedAt: .now, createdAt: .now, hasImage: false, detections: [])
    }
}
