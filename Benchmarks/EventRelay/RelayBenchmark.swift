import AIBoxAPI
import DataManager
import Foundation
import KeyValue
import Logging
import NIOPosix
import ServiceClients
import Synchronization

/// Events from the commit to a consumer of the stream in Redis: `relay-benchmark FOLDER REDIS_URL CALLERS SECONDS` prints
/// events per second at the consumer, and the median and the 99th percentile of the time from the end of the commit,
/// as its caller sees it, to the consumer.
///
/// Callers store inferences without detections, each with one event, and wait for each answer.
@main
enum RelayBenchmark {
    nonisolated static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let callers = Int(arguments[3]), let seconds = Double(arguments[4]) else {
            print("usage: relay-benchmark FOLDER REDIS_URL CALLERS SECONDS")
            exit(2)
        }
        let logger = Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() }
        let client = try RedisClient(
            RedisConfiguration(url: arguments[2]), group: MultiThreadedEventLoopGroup.singleton, logger: logger)
        var configuration = DataManager.Configuration(folder: arguments[1])
        configuration.eventSink = RedisEventSink(client).publish
        let manager = try await DataManager(configuration, logger: logger)
        let journey = Journey()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await client.run() }
            group.addTask { try? await manager.run() }
            group.addTask {
                let consumption = StreamConsumption(group: "benchmark", consumer: "1")
                await RedisStream(RedisEventSink.streamName, client: client).consume(consumption, logger: logger) {
                    journey.arrived($0.event.id)
                }
            }
            let end = ContinuousClock.now + .seconds(seconds)
            await withTaskGroup(of: Void.self) { stores in
                for _ in 0..<callers { stores.addTask { await store(in: manager, until: end, journey) } }
            }
            while journey.isUnderWay { try? await Task.sleep(for: .milliseconds(10)) }
            group.cancelAll()
        }
        print(journey.summary)
    }

    private static func store(in manager: DataManager, until end: ContinuousClock.Instant, _ journey: Journey) async {
        while ContinuousClock.now < end {
            let inference = InferenceRecord(
                id: UUIDv7(), requestID: "benchmark", task: "persons",
                models: [ModelUse(name: "nanodet_plus_m_1.5x", version: "1", engine: "onnxruntime")],
                image: ImageSize(width: 1280, height: 720), timing: StageTiming(), cameraID: "gate", deviceID: nil,
                capturedAt: .now, createdAt: .now, hasImage: false, detections: [])
            guard (try? await manager.store(inference, picture: nil)) != nil else { continue }
            // The event of an inference has its identifier.
            journey.committed(inference.id.description)
        }
    }
}

/// When each event was committed, and when it arrived.
private final class Journey: Sendable {
    private struct State {
        var committed: [String: ContinuousClock.Instant] = [:]
        var arrived: [String: ContinuousClock.Instant] = [:]
    }

    private let start = ContinuousClock.now
    private let state = Mutex(State())

    func committed(_ id: String) { state.withLock { $0.committed[id] = .now } }

    func arrived(_ id: String) { state.withLock { $0.arrived[id] = $0.arrived[id] ?? .now } }

    var isUnderWay: Bool { state.withLock { state in !state.committed.keys.allSatisfy { state.arrived[$0] != nil } } }

    var summary: String {
        state.withLock { state in
            let times = state.committed.compactMap { id, time in
                state.arrived[id].map { max(0, ($0 - time) / .milliseconds(1)) }
            }.sorted()
            guard let end = state.arrived.values.max(), !times.isEmpty else { return "no events" }
            let (rate, count) = (Double(times.count) / ((end - start) / .seconds(1)), Double(times.count - 1))
            let (median, tail) = (times[Int(count * 0.5)], times[Int(count * 0.99)])
            return String(format: "%.0f events/s, p50 %.1f ms, p99 %.1f ms", rate, median, tail)
        }
    }
}
