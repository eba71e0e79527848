import AIBoxAPI
import Foundation
import TestSupport

/// A request as it goes over the wire: these tests also send what no HTTP client would.
struct Request: Sendable {
    enum Framing: Sendable {
        case length
        /// Transfer-Encoding: chunked with chunks of this size.
        case chunked(Int)
        /// The head alone, declaring a body of this length that never comes.
        case declared(Int)
    }

    var method = "GET"
    var path: String
    var headers: [String: String] = [:]
    var body = Data()
    var framing = Framing.length

    static func post(_ path: String, _ body: Data, type: String?) -> Request {
        Request(method: "POST", path: path, headers: type.map { ["Content-Type": $0] } ?? [:], body: body)
    }

    static func json(_ path: String, _ body: Data) -> Request { post(path, body, type: "application/json") }

    /// As `curl -F` sends it.
    static func form(_ path: String, _ parts: [FormPart], boundary: String = "----it7MA4YWxkTrZu0gW") -> Request {
        let body = parts.reduce(into: Data()) { $0 += $1.bytes(boundary) } + Data("--\(boundary)--\r\n".utf8)
        return post(path, body, type: "multipart/form-data; boundary=\(boundary)")
    }

    func bytes(port: Int) -> Data {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        switch framing {
        case .length: return Data("\(head)Content-Length: \(body.count)\r\n\r\n".utf8) + body
        case .declared(let count): return Data("\(head)Content-Length: \(count)\r\n\r\n".utf8)
        case .chunked(let size): return Data("\(head)Transfer-Encoding: chunked\r\n\r\n".utf8) + chunks(of: size)
        }
    }

    private func chunks(of size: Int) -> Data {
        var chunked = Data()
        for start in stride(from: 0, to: body.count, by: size) {
            let chunk = body.dropFirst(start).prefix(size)
            chunked += Data("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + Data("\r\n".utf8)
        }
        return chunked + Data("0\r\n\r\n".utf8)
    }
}

struct FormPart: Sendable {
    var name: String
    var content: Data
    var file: String?
    var type: String?

    static func picture(_ content: Data, name: String = "image") -> FormPart {
        FormPart(name: name, content: content, file: "picture.jpg", type: "image/jpeg")
    }

    static func option(_ name: String, _ value: String) -> FormPart { FormPart(name: name, content: Data(value.utf8)) }

    func bytes(_ boundary: String) -> Data {
        var head = "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\""
        if let file { head += "; filename=\"\(file)\"" }
        if let type { head += "\r\nContent-Type: \(type)" }
        return Data("\(head)\r\n\r\n".utf8) + content + Data("\r\n".utf8)
    }
}

struct Answer: Sendable {
    var status: Int
    /// By lowercased name.
    var headers: [String: String]
    var body: Data

    var text: String { "\(status) \(String(decoding: body.prefix(600), as: UTF8.self))" }

    /// The problem document; `nil` when the answer is none.
    var problem: Problem? {
        guard headers["content-type"]?.hasPrefix("application/problem+json") == true else { return nil }
        return try? JSONDecoder().decode(Problem.self, from: body)
    }

    func json<Value: Decodable>(_ type: Value.Type) throws -> Value { try JSONDecoder().decode(type, from: body) }
}

/// Makes calls to a server, each on a connection of its own.
struct Caller: Sendable {
    var port: Int
    var token: String?

    func get(_ path: String) async throws -> Answer { try await send(Request(path: path)) }

    func send(_ request: Request) async throws -> Answer { try await exchange(request) { try $0.answer() } }

    /// The first line of the answer.
    func firstLine(_ request: Request) async throws -> String { try await exchange(request) { try $0.line() } }

    private func exchange<Value: Sendable>(
        _ request: Request, _ read: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        var request = request
        if let token { request.headers["Authorization"] = "Bearer \(token)" }
        let bytes = request.bytes(port: port)
        return try await offPool { [port] in
            let connection = try Connection(port: port)
            try connection.send(bytes)
            return try read(connection)
        }
    }

    func analyse(_ picture: Data, _ path: String, type: String = "image/jpeg") async throws -> Answer {
        try await send(.post(path, picture, type: type))
    }
}
