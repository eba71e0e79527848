import AIBoxAPI
import CArgon2
import Foundation
import NIOPosix
import Synchronization

/// argon2id (RFC 9106) with the parameters that OWASP recommends: 19 MiB, two passes, one lane.
///
/// A hash takes some 30 ms and 19 MiB, so two threads of its own do them one after another: logins can exhaust
/// neither the memory nor the threads that answer requests. Beyond 64 waiting ones it answers 503.
final class PasswordHasher: Sendable {
    private static let memoryKiB: UInt32 = 19_456
    private static let passes: UInt32 = 2
    private static let queueLimit = 64

    private let threads = NIOThreadPool(numberOfThreads: 2)
    private let waiting = Mutex(0)
    /// Verified against when there is no such user, so that both answers take the same time.
    private let decoy: String

    init() throws {
        decoy = try Self.hash("decoy")
        threads.start()
    }

    deinit {
        threads.shutdownGracefully { _ in }
    }

    /// The PHC string of a password with fresh salt.
    func hash(_ password: String) async throws -> String {
        try await queued { try Self.hash(password) }
    }

    /// Whether `password` is the one of `hash`; for no hash it takes as long and answers no.
    func verify(_ password: String, against hash: String?) async throws -> Bool {
        let encoded = hash ?? decoy
        let isRight = try await queued { Self.matches(password, encoded) }
        return isRight && hash != nil
    }

    private func queued<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let isAdmitted = waiting.withLock { waiting in
            guard waiting < Self.queueLimit else { return false }
            waiting += 1
            return true
        }
        guard isAdmitted else { throw Problem.unavailable("Too many logins at once; try again.") }
        defer { waiting.withLock { $0 -= 1 } }
        return try await threads.runIfActive(work)
    }

    private static func matches(_ password: String, _ encoded: String) -> Bool {
        let password = Array(password.utf8)
        return argon2id_verify(encoded, password, password.count) == ARGON2_OK.rawValue
    }

    /// As `hash(_:)`, on the calling thread.
    static func hash(_ password: String) throws -> String {
        let password = Array(password.utf8)
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        var encoded = [CChar](repeating: 0, count: 128)
        let status = argon2id_hash_encoded(
            passes, memoryKiB, 1, password, password.count, salt, salt.count, 32, &encoded, encoded.count)
        guard status == ARGON2_OK.rawValue else {
            throw Problem.unavailable(
                "The password cannot be hashed: \(String(cString: argon2_error_message(status))).")
        }
        return String(decoding: encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
