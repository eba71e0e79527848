import AIBoxAPI
import Storage

extension JobKind {
    /// Deletes what is older than `detections_retention`, and the plates that nothing has any more. It goes on where it
    /// was when it is interrupted: the checkpoint names the pictures of the step under way, whose rows may be gone, or the
    /// last plate.
    static func retention(_ retention: DetectionRetention) -> JobKind {
        JobKind(
            name: Job.Kind.retention, isRequestable: true,
            check: { payload throws(Problem) in
                guard payload == .object([:]) else { throw .invalid("payload", "must be an empty object") }
                guard retention.age != nil else {
                    throw .invalid("kind", "needs the setting detections_retention: all is kept for ever")
                }
            },
            run: { context in
                guard let limit = retention.limit else { return .object([:]) }
                try await retention.deletePictures(of: context.pictures)
                let months = try await retention.dropMonths(before: limit)
                let deleted = try await deleteInferences(before: limit, retention, context)
                let plates = try await deletePlates(retention, context)
                return .object([
                    "inferences": .integer(Int64(deleted)), "months": .integer(Int64(months)),
                    "plates": .integer(Int64(plates)),
                ])
            })
    }

    private static func deleteInferences(
        before limit: Timestamp, _ retention: DetectionRetention, _ context: JobContext
    ) async throws -> Int {
        var deleted = context.job.progress.done
        while true {
            let due = try await retention.database.read { try DetectionRetention.due(before: limit, $0) }
            if due.isEmpty { return deleted }
            let pictures = due.filter(\.hasPicture).map(\.id)
            // Known before their rows go: afterwards nothing would name them.
            let names = JSONValue.array(pictures.map { .string($0.description) })
            try await context.report(JobProgress(done: deleted), checkpoint: .object(["pictures": names]))
            try await retention.database.write { try retention.delete(due, $0) }
            for id in pictures { try await retention.deletePicture(id) }
            deleted += due.count
        }
    }

    private static func deletePlates(_ retention: DetectionRetention, _ context: JobContext) async throws -> Int {
        let database = retention.database
        var (last, deleted) = (context.lastPlate, 0)
        while true {
            let step = try await database.read { [last] in try SeenPlates.unseen(after: last, $0) }
            if !step.unseen.isEmpty {
                deleted += try await database.write { db in
                    try SeenPlates(retention.plates, db).remove(step.unseen, db)
                }
            }
            guard let next = step.last else { return deleted }
            last = next
            try await context.report(checkpoint: .object(["plate": .string(last)]))
        }
    }
}

extension JobContext {
    private func member(_ name: String) -> JSONValue? {
        guard case .object(let members) = checkpoint else { return nil }
        return members[name]
    }

    /// Of the step that was under way.
    fileprivate var pictures: [UUIDv7] {
        guard case .array(let names) = member("pictures") else { return [] }
        return names.compactMap { if case .string(let text) = $0 { UUIDv7(text) } else { nil } }
    }

    /// The last plate that was looked at; empty at the start.
    fileprivate var lastPlate: String {
        if case .string(let plate) = member("plate") { plate } else { "" }
    }
}
