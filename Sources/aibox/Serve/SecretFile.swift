import Foundation
import ServiceClients

/// The internal secret of a box that runs in one process: made at the first start, kept in the data folder, readable
/// by its owner only. It also keeps access tokens good over a restart.
struct SecretFile {
    let path: String

    init(folder: String) { path = folder + "/internal.secret" }

    func secret() throws -> String {
        if let found = try? String(contentsOfFile: path, encoding: .utf8) {
            return found.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let secret = InternalCredential.makeSecret()
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(secret.utf8), attributes: [.posixPermissions: 0o600])
        else {
            throw CommandFailure("\(path) cannot be written; check the owner of the data folder")
        }
        return secret
    }
}
