import AIBoxAPI
import Hummingbird
import ServiceClients
import ServiceHTTP

/// The part of the internal API that serves jobs, one route per call of `JobKeeping`.
///
/// | call | request | answer |
/// |---|---|---|
/// | `createJob` | `POST /internal/jobs` `Job` | `Job` |
/// | `jobs` | `GET /internal/jobs?query=` JSON of the `JobQuery` | `Page<Job>` |
/// | `job` | `GET /internal/jobs/{id}` | `Job`, 404 |
/// | `results` | `GET /internal/jobs/{id}/results?query=` JSON of the `JobResultQuery` | `Page<JobResult>`, 404 |
/// | `cancelJob` | `DELETE /internal/jobs/{id}` | `Job`, 404, 409 |
/// | `backups` | `GET /internal/backups` | `[DatabaseBackup]` |
struct JobRoutes<Context: RequestContext>: Sendable {
    let jobs: any JobKeeping & BackupKeeping
    let body: BodyReader

    func add(to router: some RouterMethods<Context>) {
        router.group("internal/jobs")
            .post(use: create)
            .get(use: list)
            .get(":id", use: show)
            .get(":id/results", use: results)
            .delete(":id", use: cancel)
        router.get("internal/backups", use: backups)
    }

    private func backups(_ request: Request, _ context: Context) async throws -> Response {
        try .json(await jobs.backups())
    }

    private func create(_ request: Request, _ context: Context) async throws -> Response {
        try .json(await jobs.createJob(body.decode(Job.self, request)))
    }

    private func list(_ request: Request, _ context: Context) async throws -> Response {
        try .json(await jobs.jobs(request.query(JobQuery.self)))
    }

    private func show(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await jobs.job(context.id()))
    }

    private func results(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await jobs.results(ofJob: context.id(), request.query(JobResultQuery.self)))
    }

    private func cancel(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await jobs.cancelJob(context.id()))
    }
}
