import AIBoxAPI
import Foundation
import Logging
import NIOCore
import Synchronization

@testable import Gateway

extension InferenceRecord {
    /// One face, recognised as somebody.
    static func example(hasImage: Bool = false) -> InferenceRecord {
        let id = UUIDv7()
        var details = DetectionDetails()
        details.person = FaceMatch(id: UUIDv7(), name: "Grace Hopper", similarity: 0.75, cosine: 0.5)
        let box = BoundingBox(x: 1, y: 2, width: 3, height: 4)
        let face = DetectionRecord(
            id: UUIDv7(), inferenceID: id, task: .faces, label: "face", confidence: 0.9, boundingBox: box,
            plateNumber: nil, details: details, cameraID: "door", deviceID: nil, capturedAt: .now, createdAt: .now,
            hasImage: hasImage)
        return InferenceRecord(
            id: id, requestID: "request", task: "faces", models: [], image: ImageSize(width: 64, height: 48),
            timing: StageTiming(), cameraID: "door", deviceID: nil, capturedAt: .now, createdAt: .now,
            hasImage: hasImage, detections: [face])
    }
}

/// Takes what a spool drains, or says why not.
actor Receiver {
    private(set) var ids: [UUIDv7] = []
    private(set) var pictures: [UUIDv7: ByteBuffer] = [:]
    private(set) var names: Set<String> = []
    private(set) var attempts = 0
    private let refusal: @Sendable (UUIDv7, _ attempt: Int) -> Problem?
    private var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

    init(refusal: @escaping @Sendable (UUIDv7, Int) -> Problem? = { _, _ in nil }) { self.refusal = refusal }

    func store(_ record: InferenceRecord, _ picture: ByteBuffer?) throws {
        attempts += 1
        if let problem = refusal(record.id, attempts) { throw problem }
        ids.append(record.id)
        pictures[record.id] = picture
        names.formUnion(record.detections.compactMap(\.details.person?.name))
        let reached = waiting.filter { $0.count <= ids.count }
        waiting.removeAll { $0.count <= ids.count }
        for wait in reached { wait.continuation.resume() }
    }

    /// Returns when so many have been stored.
    func stored(_ count: Int) async {
        if ids.count >= count { return }
        await withCheckedContinuation { waiting.append((count, $0)) }
    }
}

let noLog = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs `body` with a path that is removed afterwards.
func withSpoolFolder(_ body: (String) async throws -> Void) async throws {
    let folder = NSTemporaryDirectory() + "/aibox-spool-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
}

extension InferenceSpool {
    static func open(
        _ folder: String, _ receiver: Receiver = Receiver(), configure: (inout Configuration) -> Void = { _ in }
    ) throws(Problem) -> InferenceSpool {
        var configuration = Configuration(folder: folder, maximumBytes: 1 << 26)
        configure(&configuration)
        return try InferenceSpool(configuration, logger: noLog) { try await receiver.store($0, $1) }
    }

    /// Lets another one open the folder, as the end of the process does.
    func abandon() { folder.release() }

    /// Drains until `receiver` has `count`, then closes.
    func drain(into receiver: Receiver, _ count: Int) async {
        let draining = Task { await self.run() }
        await receiver.stored(count)
        draining.cancel()
        await draining.value
    }
}

/// Returns once `condition` holds; the time limit of the suite ends what never does.
func waitUntil(_ condition: () async throws -> Bool) async throws {
    while try await !condition() {
        try await Task.sleep(for: .milliseconds(2))  // stalls: between two looks
    }
}

/// Names in `folder` that end so.
func files(_ folder: String, _ suffix: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(suffix) }.sorted()
}
