import Foundation
import ServiceClients

/// The internal secret of a box that runs in one process: made at the first start, kept in the data folder, readable
/// by its owner only. It also keeps access tokens good over a restart.
struct SecretFile {
    let path: String

    init(folder: String) { path = folder + "/internal.secret" }

    func secret() throws -> String {
        guard FileManager.default.fileExists(atPath: path) else { return try make() }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CommandFailure("\(path) cannot be read; check its owner and mode")
        }
        let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard secret.utf8.count >= 16 else {
            throw CommandFailure("\(path) is damaged; delete it, a new one is made and users log in again")
        }
        return secret
    }

    /// Written beside, flushed, renamed: after a power cut it is whole or absent.
    private func make() throws -> String {
        let secret = InternalCredential.makeSecret()
        let draft = path + ".new"
        do {
            try Data(secret.utf8).write(to: URL(filePath: draft))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: draft)
            let file = try FileHandle(forUpdating: URL(filePath: draft))
            try file.synchronize()
            try file.close()
            guard rename(draft, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            throw CommandFailure("\(path) cannot be written: \(error.localizedDescription)")
        }
        return secret
    }
}
