import AIBoxAPI
import NIOCore
import Storage

extension DataManager {
    /// Returns once the picture will survive a power failure, which is before the row that names it commits: a row never
    /// lacks its picture. When the process ends in between, a picture without a row stays: the caller's retry finds it
    /// (same identifier, same key), else the scrub takes it. One that is there already is kept.
    func keep(_ picture: ByteBuffer, ofInference id: UUIDv7) async throws {
        do {
            _ = try await blobs.put(try BlobTable.pictures.key(id), BlobContent(picture))
        } catch let error as StorageError where error.code != .conflict {
            throw blobProblem(error)
        } catch is StorageError {}  // another one is there
    }

    public func picture(ofInference id: UUIDv7) async throws -> ByteBuffer? {
        let bytes: Int? = try await read {
            try $0.value("SELECT picture_bytes FROM inferences WHERE id = ?", [id])
        }
        guard let bytes else { return nil }
        do {
            // Moved while it is looked for, it is in both places before it is in one.
            if let picture = try await oldPictures?.read(id, bytes: bytes, with: blobs.keys) { return picture }
            return try await blobs.read(try BlobTable.pictures.key(id), bytes: bytes)
        } catch let error as StorageError {
            // Its row is there.
            throw blobProblem(error.code == .notFound ? StorageError(.damaged, error.message) : error)
        }
    }

    /// What the caller of a failed call is told; the log has the rest.
    func blobProblem(_ error: StorageError) -> Problem {
        if ![.busy, .closed].contains(error.code) {
            logger.error("the store of pictures and files failed", metadata: ["error": "\(error)"])
        }
        return Problem(blobs: error)
    }
}
