import AIBoxAPI
import Storage

extension JobKind {
    /// Holds the stored files against their rows: what is damaged, missing or belongs to nobody becomes the results. It
    /// goes on where it was when it is interrupted. The payload `{"delete_orphans": true}` deletes what belongs to
    /// nobody.
    static func blobScrub(_ store: any BlobStore, _ known: KnownBlobs) -> JobKind {
        JobKind(
            name: "blob-scrub", isRequestable: true,
            check: { payload throws(Problem) in _ = try deletesOrphans(payload) },
            run: { context in
                var configuration = BlobScrub.Configuration()
                configuration.deletesOrphans = try deletesOrphans(context.job.payload)
                let scrub = BlobScrub(store: store, known: known, configuration: configuration)
                var (after, done) = (try context.checkpoint.flatMap(key(in:)), context.job.progress.done)
                while true {
                    let page = try await scrub.page(after: after)
                    done += page.checkedBlobs
                    try await context.report(
                        JobProgress(done: done), checkpoint: page.next.map { .string($0.description) },
                        results: results(of: page))
                    guard let next = page.next else { return .object(["checked": .integer(Int64(done))]) }
                    after = next
                }
            })
    }

    private static func key(in checkpoint: JSONValue) throws -> BlobKey? {
        guard case .string(let text) = checkpoint else { return nil }
        return try BlobKey(text)
    }

    private static func deletesOrphans(_ payload: JSONValue) throws(Problem) -> Bool {
        guard case .object(let members) = payload, members.keys.allSatisfy({ $0 == "delete_orphans" }) else {
            throw .invalid("payload", "must be an object with no member but delete_orphans")
        }
        switch members["delete_orphans"] {
        case .bool(let value): return value
        case nil: return false
        default: throw .invalid("payload", "delete_orphans must be true or false")
        }
    }

    private static func results(of page: BlobScrub.Page) -> [JSONValue] {
        [("damaged", page.damaged), ("missing", page.missing), ("orphaned", page.orphaned)].flatMap { kind, keys in
            keys.map { .object(["finding": .string(kind), "blob": .string($0.description)]) }
        }
    }
}
