import AIBoxAPI
import HTTPTypes
import Hummingbird
import NIOHTTP1

extension Problem {
    /// What is answered for an error that nobody foresaw.
    static let unexpected = Problem(
        500, "Internal Server Error", detail: "Something failed here. The log has the reason under this request_id.")

    /// The client closed the connection before it had its answer; nobody reads this (status as nginx logs it).
    static let clientGone = Problem(499, "Client Closed Request")

    /// The problem that `error` means to a client.
    init(answering error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as HTTPError: self = Problem(error)
        case let error as DecodingError: self = Problem(error)
        case let error as HTTPParserError: self = Problem(error)
        case is SlowRequestBody:
            self = Problem(408, "Request Timeout", detail: "The body arrived too slowly; send it again.")
        case is CancellationError: self = .clientGone
        case let error as any HTTPResponseError: self = Problem(HTTPError(error.status))
        default: self = Task.isCancelled ? .clientGone : .unexpected
        }
    }

    private init(_ error: HTTPError) {
        if error.status == .notFound, error.body == nil {
            self = .notFound
        } else {
            self.init(error.status.code, error.status.reasonPhrase, detail: error.body)
        }
    }

    /// A body that is no HTTP, found while it was read.
    private init(_ error: HTTPParserError) {
        switch error {
        case .invalidEOFState: self = .clientGone
        case .headerOverflow:
            self.init(431, "Request Header Fields Too Large", detail: "The head of the request is too large.")
        default: self = .badRequest("This is not valid HTTP: \(error).")
        }
    }

    /// 400 for what is no JSON, 422 with the member's name for JSON of another shape.
    private init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self = .invalid(Self.field(context.codingPath + [key]), "is missing")
        case .typeMismatch(let type, let context):
            self = .invalid(
                Self.field(context.codingPath), "must be \(Self.name(of: type, isBody: context.codingPath.isEmpty))")
        case .valueNotFound(_, let context):
            self = .invalid(Self.field(context.codingPath), "must not be null")
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            self = .invalid(Self.field(context.codingPath), Self.words(context.debugDescription))
        default: self = .badRequest("The body is not valid JSON.")
        }
    }

    private static func field(_ path: [any CodingKey]) -> String {
        path.isEmpty ? "body" : path.map(\.stringValue).joined(separator: ".")
    }

    /// What our own types say begins in lower case, to stand behind the member's name; what Foundation says is of Swift.
    private static func words(_ description: String) -> String {
        description.first?.isLowercase == true ? description : "has a value that is not possible here"
    }

    private static func name(of type: Any.Type, isBody: Bool) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is any BinaryInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is any ExpressibleByArrayLiteral.Type: "a list"
        default: isBody ? "a JSON object" : "an object"
        }
    }
}
