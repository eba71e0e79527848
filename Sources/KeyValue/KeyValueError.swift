/// Why a key-value store did not do what it was asked. Messages are for logs: they may name hosts, never secrets, keys
/// or values.
public struct KeyValueError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable, CaseIterable {
        /// The server is away, starts, or refuses to work just now. Nothing was changed.
        case unavailable
        /// The connection broke after the request had left: it may have been executed or not.
        case outcomeUnknown
        /// No answer within the call's time; the request may have been executed or not.
        case timeout
        /// A key, a value or a number of keys beyond `KeyValueLimits`.
        case tooLarge
        /// An argument that no store takes, or a value that is no whole number where one is counted.
        case invalid
        /// The server refused the credential, the certificate was refused, or the right to do this is missing.
        case denied
        /// The server said what Redis does not say.
        case protocolViolation
        /// The store was closed.
        case closed
        /// More calls wait or are under way than may.
        case busy
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(message) (\(code.rawValue))" }

    /// Whether the store is out of reach, as against a call that no store would take.
    public var isOutage: Bool {
        switch code {
        case .unavailable, .outcomeUnknown, .timeout, .denied, .protocolViolation, .closed, .busy: true
        case .tooLarge, .invalid: false
        }
    }
}
