/// Why a picture could not be read, drawn on or encoded.
public struct ImagingError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// No bytes at all.
        case emptyInput
        /// The content is none of the known picture formats.
        case unknownFormat
        /// A known format, or a variant of one, that cannot be read here.
        case unsupportedFormat
        /// The file ends before the picture does.
        case truncated
        /// The content contradicts its format.
        case corrupt
        /// The header names a picture beyond the limits.
        case tooManyPixels
        /// Drawing or compressing failed.
        case encodingFailed
    }

    public let code: Code
    public let message: String
    /// What the sender can do, when there is something.
    public let remedy: String?

    public init(_ code: Code, _ message: String, remedy: String? = nil) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    public var description: String { remedy.map { "\(message) (\($0))" } ?? message }
}
