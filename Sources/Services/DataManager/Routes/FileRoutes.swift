import AIBoxAPI
import Hummingbird
import ServiceClients
import ServiceHTTP

/// The part of the internal API that serves files, one route per call of `FileKeeping`. Contents come and go as they
/// are, in bounded memory.
///
/// | call | request | answer |
/// |---|---|---|
/// | `createFile` | `POST /internal/files?file=` JSON of the `NewFile`, the content | `StoredFile`, 413, 415, 507 |
/// | `files` | `GET /internal/files?query=` JSON of the `FileQuery` | `Page<StoredFile>` |
/// | `file` | `GET /internal/files/{id}` | `StoredFile`, 404 |
/// | `content` | `GET /internal/files/{id}/content`, `Range` | the bytes, `X-AIBox-Content-Place`; 404, 416 |
/// | `deleteFile` | `DELETE /internal/files/{id}` | 204, 404 |
struct FileRoutes<Context: RequestContext>: Sendable {
    let files: any FileKeeping

    func add(to router: some RouterMethods<Context>) {
        router.group("internal/files")
            .post(use: create)
            .get(use: list)
            .get(":id", use: show)
            .get(":id/content", use: content)
            .delete(":id", use: delete)
    }

    private func create(_ request: Request, _ context: Context) async throws -> Response {
        let file = try request.query(NewFile.self, "file")
        let bytes = request.headers[.contentLength].flatMap { Int($0) }
        return try .json(await files.createFile(file, ByteStream(request.body), bytes: bytes))
    }

    private func list(_ request: Request, _ context: Context) async throws -> Response {
        try .json(await files.files(request.query(FileQuery.self)))
    }

    private func show(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await files.file(context.id()))
    }

    private func content(_ request: Request, _ context: Context) async throws -> Response {
        let content = try await files.content(ofFile: context.id(), range: request.headers[.range])
        guard let content else { throw Problem.notFound }
        var headers: HTTPFields = [.contentType: "application/octet-stream"]
        headers[.contentPlace] = ContentPlace(content).description
        headers[.contentLength] = String(content.range.count)
        return Response(status: .ok, headers: headers, body: ResponseBody(asyncSequence: content.bytes))
    }

    private func delete(_ request: Request, _ context: Context) async throws -> Response {
        try .found(await files.deleteFile(context.id()))
    }
}
