/// Why a catalogue, a model file or a download cannot be used.
public struct ModelCatalogError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// A catalogue is no JSON of the described form, or contradicts itself.
        case invalidCatalog
        /// No entry has the name, or the name and version.
        case unknownModel
        /// The model's licence forbids commercial use and was not allowed explicitly.
        case licenceRefused
        /// A model file or the cache folder cannot be read or written.
        case storageUnusable
        /// No source gave the file.
        case pullFailed
    }

    public let code: Code
    public let message: String
    /// What the operator can do, when there is something.
    public let remedy: String?

    public init(_ code: Code, _ message: String, remedy: String? = nil) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    public var description: String { remedy.map { "\(message) (\($0))" } ?? message }
}
