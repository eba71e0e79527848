import AIBoxAPI
import Foundation
import Logging
import NIOCore
import NIOFoundationCompat
import NIOPosix
import Storage

/// Pictures as they lay before they were blobs: `<data_dir>/pictures/ab/cd/<inference id>.bin`, where `abcd` are the last
/// digits of the identifier; plain, or sealed as they are as blobs. They are moved in the background, and until then read
/// here.
struct OldPictures: Sendable {
    let path: String

    /// `nil` when there are none.
    init?(dataFolder: String) {
        path = dataFolder + "/pictures"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
    }

    /// - Returns: `nil` when the picture is not here, or not any more.
    /// - Throws: `StorageError` `.damaged`, `.inputOutput`.
    func read(_ id: UUIDv7, bytes: Int, with keys: KeyRing?) async throws -> ByteBuffer? {
        guard let stored = try await onThread({ try Self.content(file(id)) }) else { return nil }
        let picture: ByteBuffer
        do { picture = try SealedBlob.open(stored, .blob(id.description), with: keys) } catch {
            throw StorageError(.damaged, "picture \(id): \(error.message)")
        }
        guard picture.readableBytes == bytes else {
            throw StorageError(.damaged, "picture \(id) has \(picture.readableBytes) bytes, which are not \(bytes)")
        }
        return picture
    }

    /// Moves everything to the blobs and removes the folder. It may be cut off anywhere and begun again: a file goes when
    /// its blob is on the disk, and what is read twice is stored once. What cannot be read is logged and stays.
    ///
    /// - Throws: `StorageError` when the blobs cannot be written; `CancellationError`.
    func move(to blobs: SealedBlobs, _ logger: Logger) async throws {
        let folders = try await onThread { leafFolders }
        if !folders.isEmpty { logger.info("moving pictures to the blobs", metadata: ["folders": "\(folders.count)"]) }
        var count = 0
        for (number, folder) in folders.enumerated() {
            for id in try await onThread({ Self.identifiers(in: folder) }) {
                try Task.checkCancellation()
                if try await move(id, to: blobs, logger) { count += 1 }
            }
            try await onThread { Self.removeIfEmpty(folder) }
            if number % 1000 == 999 {
                logger.info("moving pictures", metadata: ["moved": "\(count)", "folders": "\(number + 1)"])
            }
        }
        try await onThread { removeEmpty() }
        if count > 0 { logger.info("pictures were moved to the blobs", metadata: ["moved": "\(count)"]) }
    }

    /// Whether it was moved.
    private func move(_ id: UUIDv7, to blobs: SealedBlobs, _ logger: Logger) async throws -> Bool {
        let file = file(id)
        let stored: ByteBuffer?
        do { stored = try await onThread { try Self.content(file) } } catch let error as StorageError {
            logger.error("a picture cannot be moved", metadata: ["error": "\(error)"])
            return false
        }
        guard let stored else { return false }
        // What its row was committed with is here: a blob that is there already is a later copy.
        try await blobs.replace(try BlobTable.pictures.key(id), with: stored)
        try await onThread { _ = unlink(file) }
        return true
    }

    private func file(_ id: UUIDv7) -> String {
        let digits = id.description.suffix(4)
        return "\(path)/\(digits.prefix(2))/\(digits.suffix(2))/\(id).bin"
    }

    private static func content(_ file: String) throws -> ByteBuffer? {
        do {
            return ByteBuffer(data: try Data(contentsOf: URL(filePath: file)))
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile {
            return nil
        } catch {
            throw StorageError(.inputOutput, "\(file): \(error)")
        }
    }

    private var leafFolders: [String] {
        Self.names(in: path).filter { $0.utf8.count == 2 }.sorted()
            .flatMap { parent in Self.names(in: "\(path)/\(parent)").map { "\(path)/\(parent)/\($0)" } }
    }

    private static func identifiers(in folder: String) -> [UUIDv7] {
        names(in: folder).filter { $0.hasSuffix(".bin") }.compactMap { UUIDv7(String($0.dropLast(".bin".count))) }
    }

    /// What cannot be listed is not there.
    private static func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    private static func removeIfEmpty(_ folder: String) { rmdir(folder) }

    /// With what was half written when the process that did so was killed.
    private func removeEmpty() {
        try? FileManager.default.removeItem(atPath: path + "/incoming")
        for parent in Self.names(in: path) { Self.removeIfEmpty("\(path)/\(parent)") }
        Self.removeIfEmpty(path)
    }

    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(body)
    }
}

extension DataManager {
    /// Until all are moved. A store that fails is tried again: meanwhile they are read where they are.
    func moveOldPictures() async {
        guard let oldPictures else { return }
        while !Task.isCancelled {
            do {
                return try await oldPictures.move(to: blobs, logger)
            } catch is CancellationError {
                return
            } catch {
                logger.warning("pictures cannot be moved now", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: .seconds(60))
        }
    }
}
