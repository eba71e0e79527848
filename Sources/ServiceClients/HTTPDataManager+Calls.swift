import AIBoxAPI
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

extension InternalHTTP.Call {
    static func json(_ method: HTTPMethod, _ path: String, _ value: some Encodable) throws -> InternalHTTP.Call {
        InternalHTTP.Call(
            method: method, path: path, headers: ["Content-Type": "application/json"],
            body: ByteBuffer(data: try JSONEncoder().encode(value)))
    }

    /// JSON and bytes in one body, as `FramedBody` of the data manager reads it.
    static func framed(_ path: String, _ value: some Encodable, _ bytes: ByteBuffer?) throws -> InternalHTTP.Call {
        let head = try JSONEncoder().encode(value)
        var body = ByteBufferAllocator().buffer(capacity: head.count + (bytes?.readableBytes ?? 0))
        body.writeData(head)
        if let bytes { body.writeImmutableBuffer(bytes) }
        var call = InternalHTTP.Call(method: .POST, path: path, body: body)
        call.headers.add(name: InternalHeader.headLength, value: String(head.count))
        call.headers.add(name: "Content-Type", value: "application/octet-stream")
        return call
    }
}

extension HTTPDataManager {
    func page<Item>(_ path: String, _ query: some Encodable) async throws -> Page<Item> {
        try await answer(path, query)
    }

    func answer<Value: Decodable>(_ path: String, _ query: some Encodable) async throws -> Value {
        let text = String(decoding: try JSONEncoder().encode(query), as: UTF8.self)
        let answer = try await http.send(.init(path: "\(path)?query=\(text.percentEncoded)"))
        return try http.decode(Value.self, from: answer.body)
    }

    /// The body of the answer, or `nil` when there was a 404.
    func bytes(_ path: String) async throws -> ByteBuffer? {
        do {
            return try await http.send(.init(path: path)).body
        } catch let problem as Problem where problem.status == 404 {
            return nil
        }
    }

    /// Whether there was what the call is about: `false` when there was a 404.
    func isFound(_ call: InternalHTTP.Call) async throws -> Bool {
        do {
            _ = try await http.send(call)
            return true
        } catch let problem as Problem where problem.status == 404 {
            return false
        }
    }
}

extension String {
    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

    /// Everything but the unreserved characters of RFC 3986 escaped.
    var percentEncoded: String {
        addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? ""
    }
}
