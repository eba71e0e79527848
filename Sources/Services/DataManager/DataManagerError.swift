/// Why the data folder cannot be used, and what to do about it. Thrown when the data manager starts.
public struct DataManagerError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The folder or a file in it cannot be made, read or written.
        case folder
        /// Another process uses the folder.
        case locked
        /// The database was written by a later version of aibox.
        case newer
        /// The database file is damaged, or no database at all.
        case damaged
        /// A database server is away or refuses.
        case database
        /// The keys that the data is sealed with are absent, wrong or in use.
        case keys
        /// The disk is full.
        case full
        /// A setting cannot be used.
        case setting
    }

    public let code: Code
    public let message: String
    public let remedy: String

    public var description: String { "\(message). \(remedy)." }
}
