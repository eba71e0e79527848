/// Why a task cannot be done.
public struct PipelineError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The catalogue names a decoder or role that no pipeline here can use.
        case unsupportedModel
        /// A model that the task needs is not loaded; the message says why and how to get it.
        case modelMissing
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
