import Foundation
import NIOCore
import TestSupport
import Testing

@testable import Storage

/// An implementation, as a test's argument.
enum BlobStoreKind: String, CaseIterable, Sendable {
    case folder
    case s3
    /// A server that knows no `If-None-Match`, and names the bucket in the host.
    case s3Plain

    static let present = allCases.filter { $0 == .folder || TestS3.isPresent }

    /// Runs `body` with an empty store whose parts and chunks are small.
    func withStore(callLimit: Int = 64, _ body: (any BlobStore) async throws -> Void) async throws {
        switch self {
        case .folder:
            let folder = try BlobTestFolder()
            var configuration = FolderBlobStore.Configuration(path: folder.path)
            (configuration.chunkBytes, configuration.callLimit) = (20_000, callLimit)
            try await closing(try FolderBlobStore(configuration), body)
        case .s3, .s3Plain:
            var configuration = try S3Configuration(RunningS3.current)
            configuration.callLimit = callLimit
            configuration.hasConditionalWrites = self == .s3
            configuration.usesPathStyle = self == .s3
            try await closing(try S3BlobStore(configuration), body)
        }
    }
}

/// Runs `body` and closes the store, whatever happens.
func closing<Store: BlobStore>(_ store: Store, _ body: (Store) async throws -> Void) async throws {
    do { try await body(store) } catch {
        await store.close()
        throw error
    }
    await store.close()
}

extension S3Configuration {
    /// An empty place in the bucket of `server`, with parts of 64 KiB and hardly a pause.
    init(_ server: TestS3, port: Int? = nil) throws {
        try self.init(
            url: "s3://\(server.accessKey):\(S3Signature.encoded(server.secretKey))@127.0.0.1:\(port ?? server.port)/"
                + "\(TestS3.bucket)/\(UUID().uuidString.lowercased())?tls=0&path_style=1")
        partBytes = 65536
        firstPause = .milliseconds(1)
        addresses = ["\(TestS3.bucket).127.0.0.1": "127.0.0.1"]
    }
}

/// Starts one server for all tests of a suite.
struct RunningS3: SuiteTrait, TestScoping {
    @TaskLocal private static var server: TestS3?

    static var current: TestS3 { get throws { try #require(server) } }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard TestS3.isPresent else { return try await function() }
        let server = try TestS3()
        defer { server.stop() }
        try await Self.$server.withValue(server) { try await function() }
    }
}

extension Trait where Self == RunningS3 {
    static var runningS3: Self { Self() }
}

/// A new folder, removed with the object.
final class BlobTestFolder: Sendable {
    let path = NSTemporaryDirectory() + "/aibox-blobs-\(UUID().uuidString)"

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The only file below `objects`.
    func onlyFile() throws -> String {
        let names = try FileManager.default.subpathsOfDirectory(atPath: path).filter { $0.hasSuffix("=") }
        try #require(names.count == 1)
        return "\(path)/\(names[0])"
    }
}

extension ByteBuffer {
    /// Bytes that look random, always the same.
    static func noise(_ count: Int, seed: UInt64 = 1) -> ByteBuffer {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        return ByteBuffer(
            bytes: (0..<count).map { _ in
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                return UInt8(truncatingIfNeeded: state)
            })
    }
}

/// Chunks of a buffer, and perhaps an error at their end.
struct Chunks: AsyncSequence, Sendable {
    struct Broken: Error {}

    var buffer: ByteBuffer
    var size = 10_000
    var breaks = false
    /// Told the number of each chunk before it is given.
    var onChunk: @Sendable (Int) async throws -> Void = { _ in }

    struct AsyncIterator: AsyncIteratorProtocol {
        var chunks: Chunks
        var number = 0

        mutating func next() async throws -> ByteBuffer? {
            try await chunks.onChunk(number)
            number += 1
            let count = Swift.min(chunks.size, chunks.buffer.readableBytes)
            if count == 0, chunks.breaks { throw Broken() }
            return count == 0 ? nil : chunks.buffer.readSlice(length: count)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(chunks: self) }
}

/// The code of what `body` throws.
func blobFailure(_ body: () async throws -> Void) async -> StorageError.Code? {
    do {
        try await body()
        return nil
    } catch { return (error as? StorageError)?.code }
}
