import AIBoxAPI

/// The part of the data manager that keeps jobs and does their work.
public protocol JobKeeping: Sendable {
    /// Queues a job and returns it. Of the job count identifier, kind, payload, priority and who asked; the kind says the
    /// rest. Asking for the same job twice is one job.
    ///
    /// - Throws: `Problem` 422 for a kind that cannot be asked for.
    func createJob(_ job: Job) async throws -> Job

    func job(_ id: UUIDv7) async throws -> Job?

    /// Newest first, by identifier. An invalid cursor throws 422.
    func jobs(_ query: JobQuery) async throws -> Page<Job>

    /// In the order in which they were found; `nil`: no such job. A job that goes on may add some: then the last page
    /// has a cursor too, with which to ask again.
    func results(ofJob id: UUIDv7, _ query: JobResultQuery) async throws -> Page<JobResult>?

    /// Cancels a job that waits; asks one that runs to end. Returns it as it is then; `nil`: no such job.
    ///
    /// - Throws: `Problem` 409 when it is done or has failed.
    func cancelJob(_ id: UUIDv7) async throws -> Job?
}
