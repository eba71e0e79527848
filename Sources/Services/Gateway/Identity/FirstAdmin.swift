import AIBoxAPI
import Crypto
import Foundation
import ServiceClients

extension Gateway {
    /// Creates the user `admin` unless there is any user.
    ///
    /// - Parameter password: `AIBOX_ADMIN_PASSWORD`; `nil` makes a random one, which has to be changed.
    /// - Returns: the random password, to be shown once; `nil` when none was made.
    public func createFirstAdmin(password: String?) async throws -> String? {
        if let password, password.isEmpty || password.utf8.count > AuthRoutes.longestPassword {
            throw Problem(
                500, "Invalid admin password",
                detail: "AIBOX_ADMIN_PASSWORD must have 1 to \(AuthRoutes.longestPassword) bytes.")
        }
        let given = password ?? Self.makePassword()
        let user = User(
            id: UUIDv7(), username: "admin", role: .admin, mustChangePassword: password == nil, createdAt: .now)
        let hash = try await hasher.hash(given)
        let isCreated = try await data.createFirstUser(StoredCredential(user: user, passwordHash: hash))
        return isCreated && password == nil ? given : nil
    }

    /// The hash that `DataManaging` keeps of a password: a PHC string of argon2id with fresh salt. Blocks for some
    /// 30 ms.
    public static func passwordHash(_ password: String) throws -> String { try PasswordHasher.hash(password) }

    /// A random password: 120 bits in groups that can be read out, without characters that look alike.
    public static func makePassword() -> String {
        let alphabet = Array("abcdefghjkmnpqrstuvwxyz23456789A")
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0.prefix(24)) }
        let letters = bytes.map { alphabet[Int($0 & 31)] }
        return stride(from: 0, to: letters.count, by: 6).map { String(letters[$0..<$0 + 6]) }.joined(separator: "-")
    }
}
