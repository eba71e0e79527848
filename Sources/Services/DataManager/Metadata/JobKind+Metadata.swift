import AIBoxAPI
import Storage

extension JobKind {
    static let metadataScrubName = "metadata-scrub"
    /// Age from which on a document in MongoDB without a row is one whose row never comes: rows commit within seconds
    /// of their documents, and a row that is tried again puts its document again. Milliseconds.
    private static let lostAfter: Int64 = 24 * 3600 * 1000

    /// Removes documents from MongoDB that no inference has: what is left when the process ends, or the database refuses,
    /// between the document and its row. It goes on where it was when it is interrupted.
    static func metadataScrub(
        _ store: MongoDocumentStore, _ database: any SQLDatabase, grace: Int64 = lostAfter
    ) -> JobKind {
        JobKind(
            name: metadataScrubName, isRequestable: true,
            check: { payload throws(Problem) in
                guard payload == .object([:]) else { throw .invalid("payload", "must be an empty object") }
            },
            run: { context in
                let collection = try InferenceMetadata.collection.get()
                var last = context.checkpoint.flatMap(identifier(in:))
                var (done, removed) = (context.job.progress.done, 0)
                while true {
                    // Rows are looked at after this moment: whatever was put before it has its row, or never will.
                    let time = Timestamp(milliseconds: Timestamp.now.milliseconds - grace)
                    let page = try await store.find(
                        .all, in: collection, after: last, limit: DocumentLimits.identifiers)
                    let lost = try await database.read { try InferenceRecord.unknown(page, $0) }
                    try await store.delete(lost, putBefore: time, in: collection)
                    (done, removed, last) = (done + page.count, removed + lost.count, page.last)
                    try await context.report(
                        JobProgress(done: done), checkpoint: last.map { .string($0.description) })
                    guard page.count == DocumentLimits.identifiers else {
                        return .object(["checked": .integer(Int64(done)), "without_row": .integer(Int64(removed))])
                    }
                }
            })
    }

    private static func identifier(in checkpoint: JSONValue) -> UUIDv7? {
        guard case .string(let text) = checkpoint else { return nil }
        return UUIDv7(text)
    }
}

extension JobSchedule {
    /// Each night.
    static let metadataScrub = JobSchedule(
        name: JobKind.metadataScrubName, cron: "17 3 * * *", kind: JobKind.metadataScrubName)
}

extension InferenceRecord {
    /// Those of `ids` that no inference has.
    fileprivate static func unknown(_ ids: [UUIDv7], _ db: any SQLSession) throws -> [UUIDv7] {
        let places = Array(repeating: "?", count: ids.count).joined(separator: ", ")
        if ids.isEmpty { return [] }
        let known = Set(try db.values("SELECT id FROM inferences WHERE id IN (\(places))", ids, as: UUIDv7.self))
        return ids.filter { !known.contains($0) }
    }
}
