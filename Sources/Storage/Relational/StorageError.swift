/// Why a store did not do what it was asked. Messages are for logs; they may name tables and hosts, never secrets.
public struct StorageError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// A constraint: the same key is there already, or a row that is referred to is not.
        case conflict
        /// A value that the store cannot hold, such as a text with U+0000 or a number out of range.
        case invalid
        /// More than the store takes in one value.
        case tooLarge
        /// The disk or the quota is full.
        case full
        /// The file, row or object is damaged: a checksum or a page does not agree.
        case damaged
        /// All that can be read is right, but acknowledged writes are missing: the journal that had them was damaged.
        case lost
        /// The server is away, still starts, refuses connections, or the connection broke. Nothing was stored, unless
        /// `outcomeUnknown`.
        case unavailable
        /// The connection broke while the commit was under way: it may be stored or not. Repeating an idempotent write
        /// is safe.
        case outcomeUnknown
        /// More waits than is allowed to wait.
        case busy
        /// The store was closed.
        case closed
        /// The time that the call may take is over.
        case timeout
        /// A file or folder cannot be read or written, for lack of rights or because the disk failed.
        case inputOutput
        /// The store refused the credential, the certificate, or the right to do this.
        case denied
        /// The statement is wrong: a fault of this program.
        case statement
        /// The database was migrated further by a later version of the program.
        case newer
        /// No such thing.
        case notFound
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(message) (\(code.rawValue))" }
}
