import AIBoxAPI
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceClients
import ServiceHTTP

/// What the gateway calls when the model server runs alone; `HTTPModelServer` is the other side and has the table.
public struct ModelServerRoutes<Context: ServiceRequestContext>: Sendable {
    private let server: any ModelServing
    private let reader: BodyReader
    private let pairs: BodyReader

    public init(server: any ModelServing, maximumBody: Int) {
        self.server = server
        reader = BodyReader(limit: maximumBody)
        pairs = BodyReader(limit: maximumBody > .max / 2 ? .max : 2 * maximumBody)
    }

    public func add(to router: some RouterMethods<Context>) {
        router.post("internal/analyze", use: analyze)
        router.post("internal/enrol", use: enrol)
        router.post("internal/verify", use: verify)
        router.get("internal/gallery/check", use: checkGallery)
        router.get("internal/models") { _, _ in try Response.json(await server.models()) }
    }

    private func analyze(_ request: Request, context: Context) async throws -> Response {
        let wish = try wish(request)
        let picture = try await reader.read(request)
        let outcome = try await context.cancellingWhenClientLeaves { try await server.analyze(picture, wish) }
        var body = try JSONBytes.encode(outcome.result)
        let head = body.readableBytes
        if var annotated = outcome.annotated { body.writeBuffer(&annotated) }
        var response = Response(
            status: .ok, headers: [.contentType: "application/octet-stream"], body: .init(byteBuffer: body))
        if let name = HTTPField.Name(InternalHeader.headLength) { response.headers[name] = String(head) }
        return response
    }

    private func enrol(_ request: Request, context: Context) async throws -> Response {
        let wish: EnrolmentRequest = try parameters(request)
        try check(deadline: wish.deadlineMS)
        let picture = try await reader.read(request)
        return try .json(await context.cancellingWhenClientLeaves { try await server.enrol(picture, wish) })
    }

    private func verify(_ request: Request, context: Context) async throws -> Response {
        let wish: VerificationRequest = try parameters(request)
        try check(deadline: wish.deadlineMS)
        var other = try await pairs.read(request)
        guard let text = HTTPField.Name(InternalHeader.headLength).flatMap({ request.headers[$0] }),
            let length = Int(text), length >= 0, let picture = other.readSlice(length: length)
        else { throw Problem.badRequest("\(InternalHeader.headLength) is not 0 to the length of the body.") }
        let pair = (picture, other.slice())
        return try .json(
            await context.cancellingWhenClientLeaves { try await server.verify(pair.0, with: pair.1, wish) })
    }

    private func checkGallery(_ request: Request, context: Context) async throws -> Response {
        let limit = try request.uri.queryParameters.require("limit", as: Int.self)
        guard (1...1000).contains(limit) else { throw Problem.invalid("limit", "must be 1 to 1000") }
        return try .json(await context.cancellingWhenClientLeaves { try await server.checkGallery(limit: limit) })
    }

    private func wish(_ request: Request) throws -> AnalysisRequest {
        let wish: AnalysisRequest = try parameters(request)
        guard (1...1000).contains(wish.maxResults), (0...1).contains(wish.threshold ?? 0) else {
            throw Problem.badRequest("\(InternalHeader.analysis) has a value outside its range.")
        }
        try check(deadline: wish.deadlineMS)
        return wish
    }

    private func parameters<Value: Decodable>(_ request: Request) throws -> Value {
        guard let name = HTTPField.Name(InternalHeader.analysis), let text = request.headers[name],
            let json = Data(base64Encoded: text), let value = try? JSONDecoder().decode(Value.self, from: json)
        else { throw Problem.badRequest("\(InternalHeader.analysis) must be the base64 of an \(Value.self).") }
        return value
    }

    private func check(deadline: Int?) throws {
        guard (1...3_600_000).contains(deadline ?? 1) else {
            throw Problem.badRequest("\(InternalHeader.analysis) has a value outside its range.")
        }
    }
}
