import AIBoxAPI
import HTTPTypes
import Hummingbird
import ServiceClients
import ServiceHTTP

/// `/files`: what users give to the box, and what it makes for them.
struct FileRoutes: Sendable {
    let data: any DataManaging

    func add(toReaders readers: RouterGroup<UserContext>, writers: RouterGroup<UserContext>) {
        readers.get("/files", use: list)
        readers.get("/files/{id}", use: content)
        readers.get("/files/{id}/metadata", use: metadata)
        writers.post("/files", use: create)
        writers.delete("/files/{id}", use: delete)
    }

    private func list(_ request: Request, context: UserContext) async throws -> Response {
        var options = Options(known: ["purpose", "limit", "cursor"])
        options.insertQuery(of: request)
        var query = FileQuery()
        query.purpose = options.choice("purpose")
        query.limit = options.integer("limit", in: 1...500) ?? 50
        query.cursor = options.text("cursor", limit: 512)
        try options.check()
        return try .json(try await data.files(query))
    }

    private func create(_ request: Request, context: UserContext) async throws -> Response {
        let intake = try await FileIntake(request)
        let new = NewFile(name: intake.name, purpose: intake.purpose, createdBy: context.identity.userID)
        let file = try await data.createFile(new, intake.content, bytes: intake.bytes)
        return try .created(file, at: "/files/\(file.id)")
    }

    private func metadata(_ request: Request, context: UserContext) async throws -> Response {
        guard let file = try await data.file(try context.identifier()) else { throw Problem.notFound }
        return try .json(file)
    }

    /// The content, or a part of it (RFC 9110, section 14); 304 when the client has it already.
    private func content(_ request: Request, context: UserContext) async throws -> Response {
        let id = try context.identifier()
        guard let file = try await data.file(id) else { throw Problem.notFound }
        if let condition = request.headers[.ifNoneMatch], file.isNamed(by: condition) {
            var headers = file.headers
            headers[.contentType] = nil
            return Response(status: .notModified, headers: headers)
        }
        // Of another content than the client has a part of, the whole is sent (section 13.1.5).
        let isSame = request.headers[.ifRange].map { $0 == file.entityTag } ?? true
        let content = try await open(file, range: isSame ? request.headers[.range] : nil)
        var headers = file.headers
        headers[.contentLength] = String(content.range.count)
        if !content.isWhole {
            let range = content.range
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(content.total)"
        }
        return Response(
            status: content.isWhole ? .ok : .partialContent, headers: headers,
            body: ResponseBody(asyncSequence: content.bytes))
    }

    private func open(_ file: StoredFile, range: String?) async throws -> FileContent {
        do {
            guard let content = try await data.content(ofFile: file.id, range: range) else { throw Problem.notFound }
            return content
        } catch let problem as Problem where problem.status == 416 {
            throw HTTPError(
                .rangeNotSatisfiable, headers: [.contentRange: "bytes */\(file.bytes)"], message: problem.detail)
        }
    }

    private func delete(_ request: Request, context: UserContext) async throws -> Response {
        guard try await data.deleteFile(try context.identifier()) else { throw Problem.notFound }
        return Response(status: .noContent)
    }
}
