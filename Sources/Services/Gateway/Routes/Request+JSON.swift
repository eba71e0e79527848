import AIBoxAPI
import Hummingbird
import ServiceHTTP

extension Request {
    /// The body as JSON. 415 when it says that it is something else: a form of another site must not pass as JSON.
    func decodeJSON<Value: Decodable>(_ type: Value.Type, _ reader: BodyReader) async throws -> Value {
        try requireJSON()
        return try JSONBytes.decode(type, from: try await reader.read(self))
    }

    /// As ``decodeJSON(_:_:)``, and 422 for members that are none of `known`: a misspelt one must not be ignored.
    func decodeJSON<Value: Decodable>(
        _ type: Value.Type, known: Set<String>, _ reader: BodyReader
    ) async throws -> Value {
        try requireJSON()
        let body = try await reader.read(self)
        let members = try JSONBytes.decode([String: JSONValue].self, from: body)
        let unknown = members.keys.filter { !known.contains($0) }.sorted()
        guard unknown.isEmpty else {
            let names = known.sorted().joined(separator: ", ")
            throw Problem.invalid(
                unknown.map { Problem.FieldError(field: $0, message: "is not a member here; known: \(names)") })
        }
        return try JSONBytes.decode(type, from: body)
    }

    private func requireJSON() throws(Problem) {
        if let contentType = headers[.contentType], HeaderValue(contentType).value != "application/json" {
            throw .unsupported("Send JSON with Content-Type: application/json.")
        }
    }
}

extension Response {
    /// 201 with the address of what was made.
    static func created(_ value: some Encodable, at path: String) throws -> Response {
        var response = try json(value, status: .created)
        response.headers[.location] = path
        return response
    }
}
