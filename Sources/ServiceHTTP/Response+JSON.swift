import AIBoxAPI
import Foundation
import Hummingbird
import NIOCore
import NIOFoundationCompat

extension Response {
    /// `value` as JSON.
    public static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: try JSONBytes.encode(value)))
    }

    /// `problem` as RFC 9457 has it, with the headers that its status asks for.
    public static func problem(_ problem: Problem, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/problem+json"
        if let seconds = problem.retryAfter { headers[.retryAfter] = String(seconds) }
        if problem.status == 401 { headers[.wwwAuthenticate] = "Bearer realm=\"aibox\"" }
        let body = (try? JSONBytes.encode(problem)) ?? ByteBuffer()
        return Response(
            status: HTTPResponse.Status(code: problem.status), headers: headers, body: .init(byteBuffer: body))
    }
}

/// The JSON that this product writes: no escaped slashes. The order of members means nothing and may vary.
public enum JSONBytes {
    public static func encode(_ value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return ByteBuffer(data: try encoder.encode(value))
    }

    /// - Parameter budget: how many `JSONValue`s may come of it; `nil`: as many as there are.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, from buffer: ByteBuffer, budget: JSONValueBudget? = nil
    ) throws -> Value {
        let decoder = JSONDecoder()
        if let budget, let key = JSONValueBudget.key { decoder.userInfo[key] = budget }
        return try buffer.withUnsafeReadableBytes { try decoder.decode(type, from: Data($0)) }
    }
}
