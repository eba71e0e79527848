import AIBoxAPI
import Foundation
import NIOCore
import Storage

extension PictureFolder {
    /// Seals the pictures that are plain from before there was a key, folder by folder. Returns how many.
    ///
    /// A sealed file takes the place of the plain one at once; whoever reads meanwhile has the one or the other.
    func sealAll() async throws -> Int {
        guard keys != nil else { return 0 }
        var count = 0
        for folder in try await onThread({ try self.leafFolders() }) {
            try Task.checkCancellation()
            count += try await onThread { try self.sealBlocking(folder) }
        }
        return count
    }

    private func leafFolders() throws -> [String] {
        try Self.names(in: path).filter { $0.utf8.count == 2 }
            .flatMap { parent in try Self.names(in: "\(path)/\(parent)").map { "\(path)/\(parent)/\($0)" } }
    }

    private func sealBlocking(_ folder: String) throws -> Int {
        var count = 0
        for name in try Self.names(in: folder) where name.hasSuffix(".bin") {
            guard let id = UUIDv7(String(name.dropLast(".bin".count))) else { continue }
            let file = "\(folder)/\(name)"
            let head = try SyncedFile.read(file, limit: EnvelopeHeader.size)
            if SealedValue.isSealed(head.readableBytesView) { continue }
            let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
            let plain = try SyncedFile.read(file, limit: size)
            try replace(file, with: SealedBlob.seal(plain, Self.context(id), with: keys))
            count += 1
        }
        if count > 0 { try SyncedFile.sync(folder: folder) }
        return count
    }

    private static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder)
    }
}
