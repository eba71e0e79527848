/// The error body of every service: `application/problem+json` (RFC 9457). It crosses service boundaries
/// unchanged, so that a client of the gateway reads what the model server or the data manager said.
public struct Problem: Error, Codable, Hashable, Sendable {
    /// One invalid field of a request (status 422).
    public struct FieldError: Codable, Hashable, Sendable {
        public var field: String
        public var message: String

        public init(field: String, message: String) {
            self.field = field
            self.message = message
        }
    }

    /// A relative reference that names the kind, e.g. `/problems/model-missing`; `about:blank` when the status says it all.
    public var type: String
    public var title: String
    public var status: Int
    /// What happened and what to do about it.
    public var detail: String?
    /// The path of the request; filled in by the service that answers.
    public var instance: String?
    public var requestID: String?
    public var errors: [FieldError]?
    /// Seconds for the `Retry-After` header; set with 429 and 503.
    public var retryAfter: Int?

    public init(
        _ status: Int, _ title: String, detail: String? = nil, type: String = "about:blank",
        errors: [FieldError]? = nil, retryAfter: Int? = nil
    ) {
        self.type = type
        self.title = title
        self.status = status
        self.detail = detail
        self.errors = errors
        self.retryAfter = retryAfter
    }

    enum CodingKeys: String, CodingKey {
        case type, title, status, detail, instance, errors
        case requestID = "request_id"
        case retryAfter = "retry_after"
    }
}

extension Problem {
    public static let notFound = Problem(404, "Not Found", detail: "There is nothing here, or it is not yours.")

    public static func unauthorized(_ detail: String) -> Problem { Problem(401, "Unauthorized", detail: detail) }

    public static func forbidden(_ detail: String) -> Problem { Problem(403, "Forbidden", detail: detail) }

    public static func badRequest(_ detail: String) -> Problem { Problem(400, "Bad Request", detail: detail) }

    public static func tooLarge(_ detail: String) -> Problem { Problem(413, "Content Too Large", detail: detail) }

    public static func unsupported(_ detail: String) -> Problem {
        Problem(415, "Unsupported Media Type", detail: detail)
    }

    public static func invalid(_ field: String, _ message: String) -> Problem {
        .invalid([FieldError(field: field, message: message)])
    }

    public static func invalid(_ errors: [FieldError]) -> Problem {
        let detail = errors.map { "\($0.field): \($0.message)" }.joined(separator: "; ")
        return Problem(422, "Unprocessable Content", detail: detail, errors: errors)
    }

    public static func unavailable(_ detail: String, type: String = "about:blank", retryAfter: Int = 1) -> Problem {
        Problem(503, "Service Unavailable", detail: detail, type: type, retryAfter: retryAfter)
    }
}
