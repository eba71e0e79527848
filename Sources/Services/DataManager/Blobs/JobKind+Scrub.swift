import AIBoxAPI
import Logging
import Storage

extension JobKind {
    /// Holds pictures and files against their rows: what is damaged, missing or belongs to nobody becomes the results,
    /// and an alert when something is lost. It goes on where it was when it is interrupted. The payload
    /// `{"delete_orphans": true}` deletes what belongs to nobody.
    static func blobScrub(
        _ blobs: SealedBlobs, _ database: any SQLDatabase, _ oldPictures: OldPictures?, _ logger: Logger
    ) -> JobKind {
        JobKind(
            name: "blob-scrub", isRequestable: true,
            check: { payload throws(Problem) in _ = try deletesOrphans(payload) },
            run: { context in
                guard try await BlobOwner.claim(blobs.store, database) else {
                    throw Problem(409, "Conflict", detail: "The store holds pictures and files of another database.")
                }
                // What is not there yet would be missing.
                try await oldPictures?.move(to: blobs, logger)
                var configuration = BlobScrub.Configuration()
                configuration.deletesOrphans = try deletesOrphans(context.job.payload)
                let scrub = BlobScrub(blobs, known: BlobTable.known(in: database), configuration: configuration)
                var (after, done) = (try context.checkpoint.flatMap(key(in:)), context.job.progress.done)
                while true {
                    let page = try await scrub.page(after: after)
                    done += page.checkedBlobs
                    // Before the checkpoint: a page that is repeated raises it once.
                    if let alert = lossAlert(page, context.job) { try await database.write { _ = try alert.raise($0) } }
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

    /// One for all that a scrub finds, while nobody has acknowledged it.
    private static func lossAlert(_ page: BlobScrub.Page, _ job: Job) -> SystemAlert? {
        guard let first = page.damaged.first ?? page.missing.first else { return nil }
        return SystemAlert(
            kind: .blobDamaged, severity: .critical,
            message: "Stored pictures or files are damaged or missing, the first is \(first). "
                + "The results of job \(job.id) name all; restore them from a backup.")
    }
}

extension JobSchedule {
    /// Once a week, in the night of UTC; what was missed is made up for.
    static var blobScrub: JobSchedule {
        var schedule = JobSchedule(name: "blob-scrub", cron: "15 3 * * 0", kind: "blob-scrub")
        schedule.payload = .object(["delete_orphans": .bool(true)])
        schedule.misfire = .runOnce
        return schedule
    }
}
