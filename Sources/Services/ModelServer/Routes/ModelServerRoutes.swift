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

    public init(server: any ModelServing, maximumBody: Int) {
        self.server = server
        reader = BodyReader(limit: maximumBody)
    }

    public func add(to router: some RouterMethods<Context>) {
        router.post("internal/analyze", use: analyze)
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

    private func wish(_ request: Request) throws -> AnalysisRequest {
        guard let name = HTTPField.Name(InternalHeader.analysis), let text = request.headers[name],
            let json = Data(base64Encoded: text), let wish = try? JSONDecoder().decode(AnalysisRequest.self, from: json)
        else { throw Problem.badRequest("\(InternalHeader.analysis) must be the base64 of an AnalysisRequest.") }
        guard (1...1000).contains(wish.maxResults), (0...1).contains(wish.threshold ?? 0),
            (1...3_600_000).contains(wish.deadlineMS ?? 1)
        else { throw Problem.badRequest("\(InternalHeader.analysis) has a value outside its range.") }
        return wish
    }
}
