import AIBoxAPI
import Foundation
import NIOCore
import Testing

@testable import Storage

/// A reproducible source of random numbers: SplitMix64 (Steele, Lea, Flood 2014).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
    }
}

/// Runs `body` with the path of an empty folder, which is removed afterwards.
func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: "aibox-keys-\(UUIDv7())").path
    try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

extension [UInt8] {
    init(contentsOf path: String) throws { self = Array(try Data(contentsOf: URL(filePath: path))) }

    func write(to path: String) throws { try Data(self).write(to: URL(filePath: path)) }

    /// With one bit turned over.
    func flipping(bit: Int) -> [UInt8] {
        var bytes = self
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        return bytes
    }
}

extension SealContext {
    static let name = SealContext.row(table: "sealed", column: "content", id: [7])
}

/// The code of the `StorageError` that `body` throws; `nil` when it throws nothing.
func awaitedCode(_ body: () async throws -> Void) async -> StorageError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? StorageError)?.code ?? .statement
    }
}

/// The same of what does not wait.
func code(_ body: () throws -> Void) -> StorageError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? StorageError)?.code ?? .statement
    }
}

/// A blob sealed by the streaming way, in pieces of `piece` bytes.
func sealedBlob(
    _ plain: [UInt8], _ context: SealContext, with keys: KeyRing?, exponent: UInt8 = 12, piece: Int = 3000
) async throws -> [UInt8] {
    try await collected(pieces(plain, of: piece).sealed(context, with: keys, exponent: exponent))
}

func openedBlob(
    _ sealed: [UInt8], _ context: SealContext, with keys: KeyRing?, piece: Int = 3000
) async throws -> [UInt8] {
    try await collected(pieces(sealed, of: piece).opened(context, with: keys))
}

func pieces(_ bytes: [UInt8], of size: Int) -> AsyncStream<ByteBuffer> {
    AsyncStream { continuation in
        for start in stride(from: 0, to: bytes.count, by: size) {
            continuation.yield(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
        }
        continuation.finish()
    }
}

func collected(_ sequence: some AsyncSequence<ByteBuffer, any Error>) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    for try await piece in sequence { bytes += piece.readableBytesView }
    return bytes
}
