import Crypto
import Foundation
import Synchronization

/// Which regular file lies at a path, and in which state: equal as long as nobody has written to it.
struct FileIdentity: Hashable, Sendable {
    let path: String
    let device: UInt64
    let inode: UInt64
    let bytes: Int
    private let modifiedSeconds: Int
    private let modifiedNanoseconds: Int

    /// `nil` when there is nothing, or something that is no regular file; symbolic links are followed.
    init?(of file: URL) {
        var status = stat()
        guard stat(file.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        path = file.path
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        bytes = Int(status.st_size)
        modifiedSeconds = status.st_mtim.tv_sec
        modifiedNanoseconds = status.st_mtim.tv_nsec
    }
}

/// The checksums of files that this process has hashed, so that asking again costs one `stat`.
final class ChecksumMemory: Sendable {
    private let known = Mutex<[FileIdentity: String]>([:])

    /// SHA-256 in lower-case hexadecimal digits; `nil` when the file cannot be read. Blocking.
    func checksum(of file: URL, _ identity: FileIdentity) -> String? {
        if let known = known.withLock({ $0[identity] }) { return known }
        guard let checksum = try? FileChecksum.sha256(of: file) else { return nil }
        known.withLock { $0[identity] = checksum }
        return checksum
    }
}

/// SHA-256, in lower-case hexadecimal digits.
public enum FileChecksum {
    /// Read piece by piece: memory stays at the size of a piece.
    private static let pieceBytes = 256 * 1024

    /// Of a file's bytes. Blocking.
    static func sha256(of file: URL) throws(ModelCatalogError) -> String {
        let descriptor = try OpenFile(reading: file)
        var hash = SHA256()
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceBytes, alignment: 16)
        defer { piece.deallocate() }
        while true {
            let count = try descriptor.read(into: piece)
            guard count > 0 else { return hexadecimal(hash.finalize()) }
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: piece[..<count]))
        }
    }

    public static func sha256(of data: Data) -> String { hexadecimal(SHA256.hash(data: data)) }

    private static func hexadecimal(_ digest: SHA256.Digest) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
