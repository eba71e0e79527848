import Foundation
import NIOCore

/// The file a download goes to, kept between attempts and runs so that each goes on where the last one stopped.
/// Only touched by the holder of the file's `PullLock`.
struct PartialFile: Sendable {
    let url: URL
    private let file: OpenFile
    /// Bytes on disk.
    private(set) var bytes: Int

    /// Opens what an earlier run left, or an empty file. More than `limit` bytes are no beginning of the file.
    static func open(_ url: URL, limit: Int) async throws -> PartialFile {
        try await onDisk {
            let file = try OpenFile(writing: url)
            let bytes = try file.bytes
            if bytes > limit { try file.truncate(to: 0) }
            return PartialFile(url: url, file: file, bytes: bytes > limit ? 0 : bytes)
        }
    }

    mutating func append(_ piece: ByteBuffer) async throws {
        let offset = bytes
        try await onDisk { [file] in
            try piece.withUnsafeReadableBytes { bytes in try file.write(bytes, at: offset) }
        }
        bytes += piece.readableBytes
    }

    mutating func clear() async throws {
        try await onDisk { [file] in try file.truncate(to: 0) }
        bytes = 0
    }

    func synchronize() async throws {
        try await onDisk { [file] in try file.synchronize() }
    }
}
