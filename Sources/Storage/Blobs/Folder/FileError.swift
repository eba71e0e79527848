import Foundation

/// A failed call on a file or folder of a store.
struct FileError: Error, Equatable {
    let name: String
    /// `errno`.
    let reason: CInt

    /// Throws when `result` says that the call has failed. To be called before anything else changes `errno`.
    @discardableResult
    static func check<Result: SignedInteger>(_ result: Result, _ name: String) throws(FileError) -> Result {
        if result < 0 { throw FileError(name: name, reason: errno) }
        return result
    }

    /// The same; `nil` when the call failed because there is nothing so named.
    static func checkPresence<Result: SignedInteger>(_ result: Result, _ name: String) throws(FileError) -> Result? {
        result < 0 && errno == ENOENT ? nil : try check(result, name)
    }

    var storageError: StorageError {
        let code: StorageError.Code =
            switch reason {
            case ENOSPC, EDQUOT: .full
            case ENOENT: .notFound
            case EFBIG: .tooLarge
            default: .inputOutput
            }
        return StorageError(code, "\(name): \(String(cString: strerror(reason)))")
    }
}
