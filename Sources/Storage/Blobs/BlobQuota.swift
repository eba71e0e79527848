/// How many bytes one owner may store. Pure: who counts also keeps it, in the transaction that names the blob.
public struct BlobQuota: Sendable, Hashable {
    /// `nil` for no limit.
    public let limit: Int?
    public private(set) var used: Int

    public init(limit: Int?, used: Int = 0) {
        self.limit = limit
        self.used = used
    }

    /// What may still be stored.
    public var rest: Int { limit.map { max(0, $0 - used) } ?? .max }

    /// - Throws: `.full` when `bytes` more do not fit; then nothing is taken.
    public mutating func take(_ bytes: Int) throws(StorageError) {
        guard bytes >= 0, bytes <= rest, used <= .max - bytes else {
            throw StorageError(.full, "\(bytes) bytes more than the \(used) stored are beyond the quota")
        }
        used += bytes
    }

    public mutating func giveBack(_ bytes: Int) { used = max(0, used - bytes) }
}
