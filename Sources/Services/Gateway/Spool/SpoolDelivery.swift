import AIBoxAPI
import Dispatch
import Foundation
import Logging
import NIOCore
import NIOFoundationCompat

/// Takes records from the segments to the data manager, once each; what it refuses for good is set aside.
struct SpoolDelivery: Sendable {
    /// A record that is to be stored.
    struct Pending: Sendable {
        let entry: SpoolIndex.Entry
        /// How often it met a failure that nobody foresaw.
        var failures = 0
    }

    private enum Outcome: Sendable {
        /// Stored, or set aside.
        case done
        case postponed(any Error)
    }

    /// What is written beside a rejected record, for people.
    private struct Rejection: Encodable {
        var inferenceID: UUIDv7
        var problem: Problem

        enum CodingKeys: String, CodingKey {
            case problem
            case inferenceID = "inference_id"
        }
    }

    /// The row itself is wrong; no later attempt will do.
    private static let refusals = [400, 409, 413, 422]
    /// Attempts after which a row that meets a 500 each time is set aside, so that it does not stop the others.
    private static let failureLimit = 20

    let folder: SpoolFolder
    /// Undoes what was done to the bytes before they were written.
    let open: @Sendable (ByteBuffer) throws -> ByteBuffer
    let store: @Sendable (InferenceRecord, ByteBuffer?) async throws -> Void
    let metrics: SpoolMetrics
    let logger: Logger
    private let thread = DispatchQueue(label: "aibox.spool.drain")

    init(
        folder: SpoolFolder, open: @escaping @Sendable (ByteBuffer) throws -> ByteBuffer,
        store: @escaping @Sendable (InferenceRecord, ByteBuffer?) async throws -> Void, metrics: SpoolMetrics,
        logger: Logger
    ) {
        self.folder = folder
        self.open = open
        self.store = store
        self.metrics = metrics
        self.logger = logger
    }

    /// Tries each of `batch` once, all at the same time, and leaves those in it that must be tried again.
    ///
    /// - Returns: why one of these could not be stored.
    func attempt(_ batch: inout [Pending]) async -> (any Error)? {
        let tried = batch
        let outcomes = await withTaskGroup(of: (Int, Outcome).self) { group in
            for (index, pending) in tried.enumerated() {
                group.addTask { (index, await deliver(pending)) }
            }
            return await group.reduce(into: [Int: Outcome]()) { $0[$1.0] = $1.1 }
        }
        var reason: (any Error)?
        batch = []
        for (index, pending) in tried.enumerated() {
            guard case .postponed(let error) = outcomes[index] else { continue }
            let isUnforeseen = (error as? Problem)?.status == 500
            batch.append(Pending(entry: pending.entry, failures: pending.failures + (isUnforeseen ? 1 : 0)))
            reason = error
        }
        return reason
    }

    private func deliver(_ pending: Pending) async -> Outcome {
        do {
            guard let sealed = try await read(pending.entry) else { return .done }
            let bytes = try open(sealed)
            do {
                try await store(bytes)
                metrics.stored(1)
            } catch let problem as Problem where isFinal(problem, pending) {
                try await reject(sealed, pending.entry, problem)
            }
            return .done
        } catch {
            return .postponed(error)
        }
    }

    private func isFinal(_ problem: Problem, _ pending: Pending) -> Bool {
        Self.refusals.contains(problem.status) || problem.status == 500 && pending.failures + 1 >= Self.failureLimit
    }

    private func store(_ bytes: ByteBuffer) async throws {
        let inference: SpooledInference
        do {
            inference = try SpooledInference(decoding: bytes)
        } catch {
            throw Problem(422, "Unprocessable Content", detail: "This version cannot read the record: \(error)")
        }
        try await store(inference.record, inference.picture)
    }

    /// The body of a record; `nil` when it was damaged since it was written, and is set aside.
    private func read(_ entry: SpoolIndex.Entry) async throws -> ByteBuffer? {
        try await onThread { [folder, logger] in
            let bytes = try folder.read(entry.segment, entry.range)
            if let head = SpoolRecord.head(in: bytes, at: 0, segment: entry.segment),
                let body = SpoolRecord.body(of: head, in: bytes, at: 0, segment: entry.segment)
            {
                return body
            }
            try folder.setAsideDamaged(bytes, from: entry.segment, at: entry.range.lowerBound, logger)
            return nil
        }
    }

    /// Keeps the record as a segment of its own: moved back into the spool's folder it is tried again at the next start.
    private func reject(_ body: ByteBuffer, _ entry: SpoolIndex.Entry, _ problem: Problem) async throws {
        let segment = UUIDv7()
        var record = ByteBuffer()
        SpoolRecord.write(body, id: entry.id, segment: segment, to: &record)
        let reason = ByteBuffer(data: try JSONEncoder().encode(Rejection(inferenceID: entry.id, problem: problem)))
        try await onThread { [folder, record] in
            try folder.setAside(reason, as: "\(segment).json", in: "rejected")
            try folder.setAside(record, as: "\(segment).spool", in: "rejected")
        }
        metrics.setAside()
        logger.error(
            "the data manager refused a record of the spool, which was set aside",
            metadata: [
                "inference.id": "\(entry.id)", "file": "\(folder.path)/rejected/\(segment).spool",
                "problem": "\(problem.status) \(problem.detail ?? problem.title)",
            ])
    }

    /// Runs calls on files, one after the other, on a thread of their own.
    func onThread<Value: Sendable, Failure: Error>(
        _ work: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            thread.async {
                do throws(Failure) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}

extension SpoolFolder {
    /// Keeps bytes that are no record any more, and says so.
    func setAsideDamaged(
        _ bytes: ByteBuffer, from segment: UUIDv7, at offset: Int, _ logger: Logger
    ) throws(FileFailure) {
        let name = "\(segment)-\(offset)"
        try setAside(bytes, as: name, in: "damaged")
        logger.error(
            "a record of the spool is damaged and was set aside",
            metadata: ["file": "\(path)/damaged/\(name)", "bytes": "\(bytes.readableBytes)"])
    }
}
