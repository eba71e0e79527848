import AIBoxAPI
import Logging
import Storage

/// What can be done as a job.
struct JobKind: Sendable {
    /// As it is stored and asked for.
    let name: String
    /// Whether users may ask for it (`POST /jobs`); others come from this program alone.
    var isRequestable = false
    var maxAttempts = 3
    /// What the payload must be, looked at before a job is queued.
    var check: @Sendable (JSONValue) throws(Problem) -> Void = { _ throws(Problem) in }
    /// Does it, from the last checkpoint on. A `Problem` with a status below 500 is final; after any other error there
    /// is another attempt.
    let run: @Sendable (JobContext) async throws -> JSONValue?
    /// What else belongs into the transaction that ends a job of this kind for good.
    var ended: (@Sendable (JobEnding, any SQLSession) throws -> Void)?
}

/// How a job has ended.
struct JobEnding: Sendable {
    let job: Job
    let state: JobState
    var result: JSONValue?
    var error: String?
}

extension JobKind {
    private static let findingLimit = 1000

    /// Reads all that the database has; what is wrong with it becomes the results, a line each.
    static func databaseCheck(_ database: any SQLDatabase, _ logger: Logger) -> JobKind {
        JobKind(
            name: "db-check", isRequestable: true,
            check: { payload throws(Problem) in
                guard payload == .object([:]) else { throw .invalid("payload", "must be an empty object") }
            },
            run: { context in
                let findings = try await database.check(limit: findingLimit)
                for finding in findings {
                    logger.critical("the database is damaged", metadata: ["reason": "\(finding)"])
                }
                try await context.report(JobProgress(done: 1, total: 1), results: findings.map(JSONValue.string))
                return .object(["findings": .integer(Int64(findings.count))])
            })
    }
}
