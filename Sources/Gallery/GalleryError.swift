/// Why a gallery refuses a template or a search.
public struct GalleryError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// Another number of elements than the gallery's, or a number that no gallery can have.
        case wrongDimension
        /// An element is NaN or infinite, or the vector's length is zero or not a number.
        case invalidVector
        /// An entry with that key exists.
        case duplicateKey
        /// A limit outside what a search allows.
        case invalidLimit
        /// No room for further templates.
        case full
        /// The folder or the file of the templates cannot be used.
        case storageUnusable
    }

    public let code: Code
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
