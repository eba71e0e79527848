import AIBoxAPI
import Hummingbird
import NIOCore
import ServiceHTTP

extension RequestContext {
    /// The identifier in the path; one that is none is not found.
    func id(_ name: String = "id") throws -> UUIDv7 {
        guard let id = parameters.get(name).flatMap({ UUIDv7($0) }) else { throw Problem.notFound }
        return id
    }
}

extension Request {
    /// The JSON in a parameter.
    func query<Query: Decodable>(_ type: Query.Type, _ name: String = "query") throws -> Query {
        try JSONBytes.decode(type, from: ByteBuffer(string: try uri.queryParameters.require(name)))
    }
}

extension BodyReader {
    func decode<Value: Decodable>(_ type: Value.Type, _ request: Request) async throws -> Value {
        try JSONBytes.decode(type, from: await read(request))
    }
}

extension Response {
    static func bytes(_ bytes: ByteBuffer, type: String = "application/octet-stream") -> Response {
        Response(status: .ok, headers: [.contentType: type], body: .init(byteBuffer: bytes))
    }

    /// 404 for `nil`.
    static func found(_ value: (some Encodable)?) throws -> Response {
        guard let value else { throw Problem.notFound }
        return try .json(value)
    }

    /// 204 or 404.
    static func found(_ isFound: Bool) throws -> Response {
        guard isFound else { throw Problem.notFound }
        return Response(status: .noContent)
    }
}
